# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
import errno
import os
import stat
import threading

import pytest

from compare_gan.atomic_files import (
    in_use,
    is_in_use,
    turn,
    write_atomically,
    write_text_atomically,
)


def test_new_content_replaces_the_old_whole(tmp_path):
    path = tmp_path / "new" / "folder" / "file.txt"
    write_text_atomically(path, "one")
    write_text_atomically(path, "zwei – drei")
    assert path.read_text(encoding="utf-8") == "zwei – drei"
    assert [entry.name for entry in path.parent.iterdir()] == ["file.txt"]


def test_failure_in_the_middle_leaves_the_old_content(tmp_path):
    path = tmp_path / "file"
    write_text_atomically(path, "old")

    def broken(file):
        file.write(b"ne")
        raise OSError("no space left")

    with pytest.raises(OSError, match="no space left"):
        write_atomically(path, broken)
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_permissions_are_those_of_any_new_file(tmp_path):
    before = os.umask(0o027)
    try:
        write_text_atomically(tmp_path / "file", "")
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "file").stat().st_mode) == 0o640


def test_several_writers_at_once_leave_one_whole_file(tmp_path):
    path = tmp_path / "file"
    texts = [str(number) * 100_000 for number in range(8)]
    threads = [threading.Thread(target=write_text_atomically, args=(path, t)) for t in texts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert path.read_text() in texts
    assert list(tmp_path.iterdir()) == [path]


def test_error_names_the_file(tmp_path):
    def full(file):
        raise OSError(errno.ENOSPC, "No space left on device")

    with pytest.raises(OSError, match="No space left on device.*results.json"):
        write_atomically(tmp_path / "results.json", full)


def test_a_folder_is_in_use_until_the_last_user_leaves(tmp_path):
    assert not is_in_use(tmp_path)
    with in_use(tmp_path):
        with in_use(tmp_path):
            assert is_in_use(tmp_path)
        assert is_in_use(tmp_path)
    assert not is_in_use(tmp_path)
    with turn(tmp_path):  # asking has left no lock
        pass
