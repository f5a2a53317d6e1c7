"""Finding red flags in what people say, by rules kept in `content/red_flag_rules`."""

from __future__ import annotations

from rasa_project.care.red_flags.detector import RedFlagDetector, load_detector
from rasa_project.care.red_flags.findings import Detection, Finding

__all__ = ["Detection", "Finding", "RedFlagDetector", "load_detector"]
