"""A pretended Zalo: OAuth, Official Account and template hosts, people with telephones, webhooks.

After public descriptions alone; nothing here was ever sent to Zalo, and what they dispute is a setting.
Tests use `ZaloSimulator` (in their process) or `ZaloProcess`; see README.md.
"""

from tests.simulators.zalo.client import Control, ControlError, Shown, Urls
from tests.simulators.zalo.process import ZaloProcess, ZaloSimulator

__all__ = ["Control", "ControlError", "Shown", "Urls", "ZaloProcess", "ZaloSimulator"]
