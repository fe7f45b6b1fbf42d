"""As much of pygdbmi's interface as QEMU's tests use: gdb's machine interface over pipes."""
