# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""The pieces of `benchmarks/speed.py`: this library beside plain PyTorch, in turns.

`networks` says what is trained. `library` and `torch_side` are the two processes that train it,
`sides` starts them and lets one run at a time, and the modules named after a part of the benchmark
(`steps`, `startup`, `memory`, `costs`, `sources`, `sampling`) measure it. `report` makes tables
and the plot. The PyTorch networks are in `torch_layers`, `torch_blocks`, `torch_biggan`,
`torch_cifar` and `torch_dcgan`, their losses and updates in `torch_training`.
"""
