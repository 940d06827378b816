# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""The pieces of `benchmarks/speed.py`: this library beside plain PyTorch, in turns.

`networks` says what is trained, and `description` tells it to PyTorch's side. `library` and
`torch_side` are the two processes that train it, `sides` starts them and lets one run at a time,
and the modules named after a part of the benchmark (`steps`, `startup`, `memory`, `costs`,
`sources`, `sampling`) measure it; `loop` measures what training adds to compiled steps. `report`
makes tables and the plot. The PyTorch networks are in `torch_layers`, `torch_blocks`,
`torch_biggan`, `torch_cifar` and `torch_dcgan`, their losses and updates in `torch_training`, their
operations in `torch_operations`: these run without TensorFlow too (`benchmarks/torch_step.py`).
"""
