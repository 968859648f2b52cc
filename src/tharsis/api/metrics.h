#pragma once

#include "tharsis/engine/session.h"
#include "tharsis/graph/expr.h"

/// How good a ranking or a prediction is: scikit-learn's measures. Series of one row space;
/// `weight` may be empty. All look at the data.
namespace tharsis::api {

/// The area under the ROC curve of binary `truth` (the larger of its two values is positive) ranked
/// by `score`; ties count half. NaN where there is one class only.
double roc_auc(engine::Session& session, const Expr& truth, const Expr& score, const Expr& weight);

/// The mean precision over the recall it adds, as scikit-learn's average_precision_score.
double average_precision(engine::Session& session, const Expr& truth, const Expr& score,
                         const Expr& weight);

}  // namespace tharsis::api
