"""scikit-learn's calls on frames and tensors of the engine."""
