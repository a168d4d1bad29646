from __future__ import annotations

from pathlib import Path

from chatui.models.local.free_memory import free_memory

GB = 10**9


def group(root: Path, own: str, files: dict[str, str]) -> tuple[Path, Path]:
    for name, content in files.items():
        path = root / "cgroup" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"{content}\n")
    (root / "own").write_text(own)
    return root / "cgroup", root / "own"


def test_without_a_limit_the_machine_decides(tmp_path: Path) -> None:
    found = free_memory(*group(tmp_path, "0::/user\n", {"user/memory.max": "max"}))

    assert 0 < found.free <= found.total
    assert not found.limited


def test_a_container_of_the_second_version_decides(tmp_path: Path) -> None:
    files = {
        "memory.max": str(GB // 10),
        "memory.current": str(GB // 20),
        "memory.stat": f"anon 5\ninactive_file {GB // 100}\n",
    }
    found = free_memory(*group(tmp_path, "0::/\n", files))

    assert found.limited
    assert (found.free, found.total) == (GB // 10 - (GB // 20 - GB // 100), GB // 10)


def test_the_tightest_of_the_groups_around_it_decides(tmp_path: Path) -> None:
    files = {
        "a/memory.max": str(GB // 100),
        "a/memory.current": "1000",
        "a/b/memory.max": str(GB // 10),
        "a/b/memory.current": "1000",
    }
    assert free_memory(*group(tmp_path, "0::/a/b\n", files)).free == GB // 100 - 1000


def test_a_container_of_the_first_version_decides(tmp_path: Path) -> None:
    files = {
        "memory/memory.limit_in_bytes": str(GB // 10),
        "memory/memory.usage_in_bytes": "5000",
    }
    own = "5:cpu,cpuacct:/\n4:memory:/docker/1234\n0::/\n"
    assert free_memory(*group(tmp_path, own, files)).free == GB // 10 - 5000


def test_more_used_than_allowed_is_nothing_free(tmp_path: Path) -> None:
    files = {"memory.max": "1000", "memory.current": "2000"}
    assert free_memory(*group(tmp_path, "0::/\n", files)).free == 0


def test_damaged_figures_don_t_count(tmp_path: Path) -> None:
    files = {"memory.max": "", "memory.current": "x"}
    assert not free_memory(*group(tmp_path, "nonsense\n0::/\n", files)).limited
