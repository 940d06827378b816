# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""Workers that are threads of the test, to see what several do together without processes."""

import collections
import threading

import numpy as np

from compare_gan.training import LostWorkerError


class _Team:
    def __init__(self, count):
        self.count = count
        self.turns = collections.defaultdict(dict)  # what was brought, by turn and worker
        self.gone = set()
        self.changed = threading.Condition()

    def gather(self, turn, index, rows):
        with self.changed:
            brought = self.turns[turn]
            brought[index] = rows
            self.changed.notify_all()
            self.changed.wait_for(lambda: len(brought) == self.count or self.gone - brought.keys())
            if len(brought) < self.count:
                raise LostWorkerError("it has ended, or taken another way")
            return [brought[worker] for worker in range(self.count)]

    def leave(self, index):
        with self.changed:
            self.gone.add(index)
            self.changed.notify_all()


class ThreadWorker:
    """What `compare_gan.training.Workers` is to one process."""

    def __init__(self, team, index):
        self._team = team
        self._turn = 0
        self.index, self.count = index, team.count
        self.writes = index == 0

    def exchange(self, numbers):
        return self.gather(np.asarray(numbers, np.float64)).astype(np.int64)

    def gather(self, rows):
        self._turn += 1
        everyones = self._team.gather(self._turn, self.index, rows)
        kinds = {(each.dtype, each.shape) for each in everyones}
        assert len(kinds) == 1, f"a collective operation would hang: {kinds}"
        return np.stack(everyones)


def together(count, function):
    """Calls `function(worker)` in as many threads; returns what it returned or raised, by worker.

    As a process does, a thread that ends ends those that wait for it.
    """
    team = _Team(count)
    outcomes = [None] * count

    def run(index):
        try:
            outcomes[index] = function(ThreadWorker(team, index))
        except Exception as error:
            outcomes[index] = error
        finally:
            team.leave(index)

    threads = [threading.Thread(target=run, args=(index,)) for index in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return outcomes
