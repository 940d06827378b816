# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""Packaging of Compare GAN 4: `pip install -e .[test]` for development, `.[gpu]` for a GPU."""

import setuptools

setuptools.setup(
    name="compare_gan",
    version="4.0.0.dev0",
    description="A research library for training and comparing GANs on TensorFlow 2 and Keras 3.",
    author="The Compare GAN Authors",
    license="Apache-2.0",
    classifiers=[
        "Programming Language :: Python :: 3.11",
        "Programming Language :: Python :: 3.12",
        "Programming Language :: Python :: 3.13",
    ],
    packages=setuptools.find_packages(include=["compare_gan", "compare_gan.*"]),
    package_data={"compare_gan": ["**/*.npz"]},
    python_requires=">=3.11,<3.14",
    install_requires=[
        "absl-py",
        "filelock",
        "gin-config>=0.5",
        # tensorflow-datasets 4.9.10 imports importlib_resources without asking for it.
        "importlib_resources",
        "matplotlib",
        "numpy",
        "pillow",
        "scikit-learn",
        "scipy",
        "tabulate",
        "tensorboard",
        "tensorflow~=2.21",  # Brings Keras 3.
        "tensorflow-datasets>=4.9.10",
        "tqdm",
    ],
    extras_require={
        # Those whose values tests hold; torch-fidelity's arguments have another order in others.
        "bench": ["clean-fid==0.1.35", "prdc==0.2", "torch~=2.13", "torch-fidelity==0.4.0"],
        "gpu": ["tensorflow[and-cuda]~=2.21"],
        "notebooks": ["ipykernel", "jupyterlab", "nbclient", "nbformat"],
        "test": ["hypothesis", "pytest>=8", "pytest-xdist>=3.7", "ruff>=0.9"],
    },
)
