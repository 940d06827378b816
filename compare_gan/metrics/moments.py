# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""Mean and covariance of features, gathered batch by batch in float64."""

import dataclasses
import os
from collections.abc import Mapping

import numpy as np
import scipy.linalg
import scipy.linalg.blas

from compare_gan.array_files import read_arrays
from compare_gan.atomic_files import write_atomically
from compare_gan.metrics.base import Accumulator, Batch, UnmeasurableError

# A product of fewer rows costs hardly less: it reads and writes the whole covariance.
_ROWS_AT_A_TIME = 1024
# How far below 0 an eigenvalue of a covariance may lie by rounding, as a part of the covariance's
# norm: other programs gather and keep theirs in float32.
_ROUNDING = 1e-5


@dataclasses.dataclass(frozen=True)
class Moments:
    """Mean `[d]` and covariance `[d, d]` (divided by n − 1) of n feature vectors, float64."""

    mean: np.ndarray
    covariance: np.ndarray
    n: int

    def save(self, path: str | os.PathLike) -> None:
        """Writes `mu`, `sigma` and `n` to an .npz file, whole or not at all."""
        write_atomically(
            path, lambda file: np.savez(file, mu=self.mean, sigma=self.covariance, n=self.n)
        )

    @classmethod
    def load(cls, path: str | os.PathLike) -> "Moments":
        """Reads what `save` wrote; nothing in the file is ever unpickled.

        Raises:
          ValueError: There is no such file, or what it holds are no `mu`, `sigma` and `n`.
        """
        name = os.fspath(path)
        try:
            arrays = read_arrays(path)
        except ValueError as error:
            raise ValueError(
                f"{name} is not a file of moments (.npz with mu, sigma and n): {error}"
            ) from error
        if isinstance(arrays, np.ndarray):  # an .npy file
            arrays = {}
        missing = [key for key in ("mu", "sigma", "n") if key not in arrays]
        if missing:
            raise ValueError(
                f"{name} is not a file of moments (.npz with mu, sigma and n): there is no "
                f"{', '.join(missing)} in it."
            )
        return cls.of_arrays(arrays, name)

    @classmethod
    def of_arrays(cls, arrays: Mapping[str, np.ndarray], name: str) -> "Moments":
        """Moments from arrays that anyone may have written.

        Args:
          arrays: `mu` `[d]`, `sigma` `[d, d]` and perhaps `n`, which is 0 in the moments if it is
            not there.
          name: The file's, for messages.

        Raises:
          ValueError: They are no mean, no covariance (symmetric, no eigenvalue below 0 but for
            rounding), or no number of vectors.
        """
        mean, covariance = arrays["mu"], arrays["sigma"]
        for key, array in (("mu", mean), ("sigma", covariance)):
            if array.dtype.kind not in "fiu":
                raise ValueError(f"{key} in {name} must hold real numbers, but is {array.dtype}.")
        if mean.ndim != 1 or not len(mean) or covariance.shape != (len(mean), len(mean)):
            raise ValueError(
                f"{name} holds mu {mean.shape} and sigma {covariance.shape}; they must be [d] and "
                "[d, d]."
            )
        mean, covariance = mean.astype(np.float64), covariance.astype(np.float64)
        if not (np.isfinite(mean).all() and np.isfinite(covariance).all()):
            raise ValueError(f"The statistics of {name} hold NaN or infinity: make them anew.")
        if not np.allclose(
            covariance, covariance.T, rtol=1e-4, atol=1e-6 * np.abs(covariance).max()
        ):
            raise ValueError(
                f"sigma in {name} is not symmetric, and so no covariance: make it anew."
            )
        if not _is_semidefinite(covariance):
            raise ValueError(
                f"sigma in {name} has negative eigenvalues, and so is no covariance: make it anew."
            )
        return cls(mean, covariance, _number(arrays["n"], name) if "n" in arrays else 0)


def _is_semidefinite(covariance: np.ndarray) -> bool:
    """Whether no eigenvalue is below 0 but for rounding, which a Cholesky factor of the matrix with
    that much added to its diagonal tells in a tenth of the time that eigenvalues take.
    """
    norm = np.linalg.norm(covariance)
    if not norm:
        return True
    raised = covariance + _ROUNDING * norm * np.eye(len(covariance))
    try:
        scipy.linalg.cholesky(raised, lower=True, overwrite_a=True, check_finite=False)
    except np.linalg.LinAlgError:
        return False
    return True


def _number(n: np.ndarray, name: str) -> int:
    """How many vectors a file's moments are of."""
    is_whole = n.size == 1 and n.dtype.kind in "fiu" and float(n.item()).is_integer()
    if not is_whole or n.item() < 2:
        raise ValueError(
            f"n in {name} must be the number of vectors, one whole number from 2; it is "
            f"{np.array2string(n, threshold=5)}."
        )
    return int(n.item())


def moments(features: np.ndarray, rows: np.ndarray | None = None) -> Moments:
    """Mean and covariance of `features` `[n, d]`; see `StreamingMoments`.

    Args:
      features: `[n, d]`, which may be a file mapped into memory: some rows are held at a time.
      rows: Which of them, by index; None is all.
    """
    streaming = StreamingMoments()
    if rows is None:
        streaming.update(features)
    else:
        for first in range(0, len(rows), _ROWS_AT_A_TIME):
            streaming.update(features[rows[first : first + _ROWS_AT_A_TIME]])
    return streaming.result()


class StreamingMoments:
    """Mean and covariance of all vectors seen so far, without keeping them.

    With a batch of n_b vectors of mean m_b, and the sum of outer products around the mean S:

        d = m_b − m,  N = n + n_b
        m ← m + d n_b / N
        S ← S + S_b + d dᵀ n n_b / N

    and covariance = S / (N − 1). Chan, Golub & LeVeque, "Updating Formulae and a Pairwise Algorithm
    for Computing Sample Variances", 1979. Unlike E[x xᵀ] − m mᵀ it does not cancel where the mean
    is large. Batches may have any sizes; the result does not depend on them but for rounding.
    """

    def __init__(self):
        self._n = 0
        self._mean: np.ndarray | None = None
        # S, of which the lower triangle alone is kept up.
        self._scatter: np.ndarray | None = None
        self._waiting: list[np.ndarray] = []

    @property
    def n(self) -> int:
        """How many vectors were seen."""
        return self._n + sum(map(len, self._waiting))

    def update(self, features: np.ndarray) -> None:
        """Takes `features` `[batch, d]`; an empty batch changes nothing.

        Raises:
          UnmeasurableError: Values are not finite.
          ValueError: Another rank, or another d than before.
        """
        features = np.asarray(features)
        if features.ndim != 2:
            raise ValueError(f"Moments are of features [batch, d], received {features.shape}.")
        if not len(features):
            return
        self._check_dimensions(features.shape[1])
        for first in range(0, len(features), _ROWS_AT_A_TIME):
            # A copy: the caller may fill the array again.
            rows = np.array(features[first : first + _ROWS_AT_A_TIME], np.float64)
            if not np.all(np.isfinite(rows)):
                bad = np.count_nonzero(~np.all(np.isfinite(features), axis=1))
                raise UnmeasurableError(
                    f"{bad} of {len(features)} feature vectors hold NaN or infinity: their moments "
                    "do not exist. Look at the images they were computed from."
                )
            self._waiting.append(rows)
            if self.n - self._n >= _ROWS_AT_A_TIME:
                self._take_waiting()

    def _check_dimensions(self, dimensions: int) -> None:
        known = self._mean if self._mean is not None else next(iter(self._waiting), None)
        if known is not None and known.shape[-1] != dimensions:
            raise ValueError(
                f"Features of {dimensions} dimensions cannot join moments of "
                f"{known.shape[-1]}: they come from different backbones."
            )

    def _take_waiting(self) -> None:
        """Merges the rows that wait."""
        if not self._waiting:
            return
        rows = self._waiting[0] if len(self._waiting) == 1 else np.concatenate(self._waiting)
        self._waiting = []
        mean = rows.mean(axis=0)
        rows -= mean
        self._join(len(rows), mean)
        # S + rowsᵀ rows, in place.
        self._scatter = scipy.linalg.blas.dsyrk(
            1.0, rows.T, beta=1.0, c=self._scatter, lower=1, overwrite_c=1
        )

    def merge(self, other: "StreamingMoments") -> None:
        """Takes everything `other` saw.

        Raises:
          ValueError: The other's vectors have another d.
        """
        other._take_waiting()
        if not other._n:
            return
        self._check_dimensions(len(other._mean))
        self._take_waiting()
        self._join(other._n, other._mean)
        self._scatter += other._scatter

    def _join(self, n: int, mean: np.ndarray) -> None:
        """The mean with n more vectors, and S + d dᵀ n n_b / N."""
        if not self._n:
            self._mean = np.zeros_like(mean)
            self._scatter = np.zeros([len(mean), len(mean)], order="F")
        total = self._n + n
        difference = mean - self._mean
        self._mean += difference * (n / total)
        self._scatter = scipy.linalg.blas.dsyr(
            self._n * n / total, difference, lower=1, a=self._scatter, overwrite_a=1
        )
        self._n = total

    def result(self) -> Moments:
        """The moments of everything seen.

        Raises:
          ValueError: Fewer than two vectors were seen.
        """
        self._take_waiting()
        if self._n < 2:
            raise ValueError(f"A covariance needs at least 2 feature vectors, received {self._n}.")
        covariance = np.tril(self._scatter)
        covariance += np.tril(self._scatter, -1).T
        covariance /= self._n - 1
        return Moments(self._mean.copy(), covariance, self._n)


class MomentsAccumulator(Accumulator):
    """The moments of the backbone's features."""

    key = "feature_moments"

    def __init__(self):
        self._streaming = StreamingMoments()
        self._restored: Moments | None = None

    def update(self, batch: Batch) -> None:
        """Takes one more batch's features."""
        self._streaming.update(batch.features)

    def result(self) -> Moments:
        """The moments of all features."""
        return self._restored if self._restored is not None else self._streaming.result()

    def state(self) -> dict[str, np.ndarray]:
        """`mu`, `sigma` and `n`."""
        result = self.result()
        return {"mu": result.mean, "sigma": result.covariance, "n": np.int64(result.n)}

    def restore(self, state: dict[str, np.ndarray]) -> None:
        """Becomes the accumulator with these moments."""
        self._restored = Moments(state["mu"], state["sigma"], int(state["n"]))
