#include "bindings.h"
#include "tharsis/ops/elementwise.h"
#include "tharsis/ops/relational.h"
#include "tharsis/ops/source.h"
#include "tharsis/ops/window.h"

NB_MODULE(_core, m) {
  using namespace tharsis::python;
  m.doc() =
      "The engine of Tharsis. Private: use tharsis.numpy, tharsis.pandas and their neighbours.";
  tharsis::ops::register_elementwise_ops();
  tharsis::ops::register_relational_ops();
  tharsis::ops::register_window_ops();
  tharsis::ops::register_source_ops();
  bind_errors(m);
  bind_origin(m);
  bind_expr(m);
  bind_files(m);
  bind_frame(m);
  bind_learn(m);
  bind_metrics(m);
  bind_session(m);
  bind_arrow(m);
  bind_tensor(m);
}
