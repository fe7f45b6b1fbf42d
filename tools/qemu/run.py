"""
Runs tests of QEMU's own functional suite against the binary that QEMU_TEST_QEMU_BINARY names.

    run.py SOURCES KERNEL INITRD TEST...

SOURCES is a folder with QEMU's tests/functional and python. TEST is `reverse`, `replay` or `reverse-x86`. The tests and their base
classes are QEMU's, unchanged; what they would download is replaced: the kernel is KERNEL. The replay test of aarch64
needs disk and network, which are not there, so its flow runs with INITRD instead.
"""

import hashlib
import importlib.util
import os
import shutil
import sys
import unittest

sources, kernel, initrd, *wanted = sys.argv[1:]
functional = os.path.join(sources, "tests", "functional")
sys.path += [functional, os.path.join(functional, "aarch64"), os.path.join(sources, "python")]

# QEMU's, found by the paths above.
from qemu_test import Asset  # noqa: E402
from replay_kernel import ReplayKernelBase  # noqa: E402
from test_reverse_debug import ReverseDebuggingAArch64  # noqa: E402


def local_asset(file):
    """An asset that is in the cache already."""
    with open(file, "rb") as opened:
        digest = hashlib.sha256(opened.read()).hexdigest()
    asset = Asset("file://" + file, digest)
    asset.cache_file.parent.mkdir(parents=True, exist_ok=True)
    if not asset.cache_file.exists():
        shutil.copyfile(file, asset.cache_file)
    return asset


class Replay(ReplayKernelBase):
    """The flow of QEMU's replay tests: record a boot until the console shows a text, quit, replay it to its end."""

    ASSET_KERNEL = local_asset(kernel)

    def test_aarch64_virt(self):
        self.set_machine("virt")
        self.cpu = "cortex-a53"
        command_line = self.REPLAY_KERNEL_COMMAND_LINE + "console=ttyAMA0"
        self.run_rr(self.ASSET_KERNEL.fetch(), command_line, "Hindsight guest ready", args=("-initrd", initrd))


def reverse_debugging_x86():
    """QEMU's test of the same name as aarch64's, in another folder."""
    path = os.path.join(functional, "x86_64", "test_reverse_debug.py")
    spec = importlib.util.spec_from_file_location("test_reverse_debug_x86", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.ReverseDebuggingX86


ReverseDebuggingAArch64.ASSET_KERNEL = local_asset(kernel)
tests = {"reverse": ReverseDebuggingAArch64, "replay": Replay, "reverse-x86": reverse_debugging_x86()}

suite = unittest.TestSuite(unittest.defaultTestLoader.loadTestsFromTestCase(tests[name]) for name in wanted)
result = unittest.TextTestRunner(verbosity=2).run(suite)
# A skipped test has shown nothing.
sys.exit(0 if result.wasSuccessful() and not result.skipped else 1)
