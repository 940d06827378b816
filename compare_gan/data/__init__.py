# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""Data sets: where images and labels come from, and the order in which training sees them."""
