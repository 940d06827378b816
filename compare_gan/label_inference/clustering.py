# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""`label_inference.method = @clustering`: clusters of features stand in for classes."""

from collections.abc import Sequence
from typing import Any

import gin
import numpy as np

from compare_gan.configuration.whole_numbers import check_whole_number
from compare_gan.label_inference.encoder_features import ImageFeatures
from compare_gan.label_inference.method import InferenceRun, InferredLabels, Method
from compare_gan.label_inference.stages import Stage
from compare_gan.training import Task


@gin.register("clustering", denylist=["run"])
class Clustering(Method):
    """Clusters of features take the place of labels: S3GAN's baseline CLUSTERING. Uses no label.

    Features are those of an encoder pre-trained by rotation, or the user's. They are clustered by
    scikit-learn's mini-batch k-means (Sculley, "Web-Scale K-Means Clustering", WWW 2010), seeded by
    the run.

    Args:
      run: What it works with.
      num_clusters: k, the number of classes that the labels will have; the paper's is 50.
      batch_size: Images in a mini-batch.
      num_starts: How many random starts are tried; the best one is gone on with.
      max_epochs: The most passes over the images.

    Raises:
      ValueError: There are no features to cluster, a number is out of its range, or
        `label_inference.views` are set.
    """

    uses_labels = False

    def __init__(
        self,
        run: InferenceRun,
        num_clusters: int = 50,
        batch_size: int = 1024,
        num_starts: int = 10,
        max_epochs: int = 100,
    ):
        super().__init__(run)
        images = run.data.known.num_examples(run.data.known.train_split)
        for name, value, least in (
            ("num_clusters", num_clusters, 2),
            ("batch_size", batch_size, 1),
            ("num_starts", num_starts, 1),
            ("max_epochs", max_epochs, 1),
        ):
            check_whole_number(f"clustering.{name}", value, least)
        # Of random images in place of the data there are always few.
        if num_clusters > images and not run.data.fake:
            raise ValueError(
                f"clustering.num_clusters={num_clusters} is more than there are images, {images}."
            )
        if run.settings.views:
            raise ValueError(
                "label_inference.views are averaged over by methods that predict classes, but "
                "@clustering clusters the features of each image as it is: leave "
                "label_inference.views out."
            )
        self._arguments = {
            "n_clusters": num_clusters,
            "batch_size": batch_size,
            "n_init": num_starts,
            "max_iter": max_epochs,
            "random_state": run.loop.seed,
        }
        self._features = ImageFeatures(run)

    @property
    def num_classes(self) -> int:
        return self._arguments["n_clusters"]

    @property
    def class_names(self) -> tuple[str, ...]:
        return tuple(f"cluster {index}" for index in range(self.num_classes))

    def settings(self) -> dict[str, Any]:
        return {"clustering": self._arguments, **self._features.settings()}

    def stages(self) -> Sequence[Stage]:
        return self._features.stages

    def label(self, task: Task | None) -> InferredLabels:
        from sklearn.cluster import MiniBatchKMeans  # takes a second to import

        features = self._features.train(task)
        arguments = {**self._arguments, "n_clusters": min(self.num_classes, len(features))}
        hard = MiniBatchKMeans(**arguments).fit(features).labels_.astype(np.int32)
        sizes = np.bincount(hard, minlength=self.num_classes)
        return InferredLabels(hard, facts={"cluster_sizes": sizes.tolist()})
