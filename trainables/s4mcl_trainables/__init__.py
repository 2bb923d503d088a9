"""What is trained: data, networks, losses, methods, the training loop and the Ray Tune trainable."""
