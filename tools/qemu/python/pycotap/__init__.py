"""QEMU's test base imports this to print its results; ours are printed by unittest's own runner."""
