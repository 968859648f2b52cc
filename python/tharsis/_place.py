"""Tells the engine which files are ours: messages name the innermost line outside of them."""

import os

from tharsis import _core

_core.set_package(os.path.dirname(__file__) + os.sep)
