"""What ``import cv2`` leaves in the environment: Qt and the programs that the window starts would trip over it."""

import os

CV2_SETS = ("QT_QPA_PLATFORM_PLUGIN_PATH", "QT_QPA_FONTDIR")  # `import cv2` points them at its own Qt 5


def forget_cv2() -> None:
    """Drop what ``import cv2`` puts into the environment, so that neither this Qt nor a child's looks there."""
    for name in CV2_SETS:
        os.environ.pop(name, None)
