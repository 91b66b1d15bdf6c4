"""Somebody at a browser who signs in, with a telephone that makes codes."""

import base64
import html
import re
from dataclasses import dataclass, field
from typing import Any

from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor.totp import TOTP
from django.conf import settings
from django.test import Client

from tenants import clock
from tenants.accounts.models import User
from tests.factories import UserFactory

PASSWORD = "ba con mèo ngủ trưa"
LOGIN = "/quan-tri/login/"
CODE = "/quan-tri/dang-nhap/ma/"
APP = "/quan-tri/dang-nhap/ung-dung/"
ACCOUNT = "/quan-tri/tai-khoan/"
HOME = "/quan-tri/"


def account(**values: Any) -> User:
    user = UserFactory(**values)
    user.set_password(PASSWORD)
    user.save()
    return user


@dataclass
class Browser:
    """One browser at one place."""

    host: str = "daklak.localhost"
    address: str = "198.51.100.7"
    agent: str = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0"
    client: Client = field(init=False)

    def __post_init__(self) -> None:
        self.client = Client(headers={"host": self.host, "user-agent": self.agent}, REMOTE_ADDR=self.address)

    def get(self, path: str) -> Any:
        return self.client.get(path)

    def post(self, path: str, **values: str) -> Any:
        return self.client.post(path, values)

    def password(self, username: str, password: str = PASSWORD, **values: str) -> Any:
        return self.post(LOGIN, username=username, password=password, **values)

    @property
    def session_key(self) -> str:
        return str(self.client.cookies[settings.SESSION_COOKIE_NAME].value)

    @property
    def is_in(self) -> bool:
        return bool(self.client.get(ACCOUNT).status_code == 200)


class Telephone:
    """The application that makes codes."""

    def __init__(self, page: Any) -> None:
        found = re.search(r'mc-signin__code">([A-Z2-7 ]+)<', html.unescape(page.content.decode()))
        assert found, "no secret on the page"
        self.secret = found[1].replace(" ", "")

    def code(self) -> str:
        machine = TOTP(base64.b32decode(self.secret), 6, SHA1(), 30)
        return machine.generate(int(clock.now().timestamp())).decode()


def enrol(browser: Browser, username: str) -> tuple[Telephone, list[str]]:
    """Sign in for the first time: password, telephone, recovery codes."""
    browser.password(username)
    telephone = Telephone(browser.get(APP))
    page = browser.post(APP, code=telephone.code())
    return telephone, re.findall(r"<code>([A-Z0-9-]{19})</code>", page.content.decode())
