"""What no page may do, whatever somebody does there: ask another host, miss a file, break the policy, throw."""

from urllib.parse import urlsplit

from playwright.sync_api import BrowserContext, Request, Response


def watch(context: BrowserContext, complaints: list[str]) -> None:
    """Note what no page may do."""
    context.on("request", lambda request: complaints.extend(_elsewhere(request)))
    context.on("response", lambda response: complaints.extend(_missing(response)))
    context.on("weberror", lambda error: complaints.append(str(error.error)))
    context.on(
        "console",
        lambda said: complaints.append(said.text) if "Content Security Policy" in said.text else None,
    )


def _elsewhere(request: Request) -> list[str]:
    host = urlsplit(request.url).hostname or "localhost"  # data: has none
    return [] if host == "localhost" or host.endswith(".localhost") else [f"asked {host}"]


def _missing(response: Response) -> list[str]:
    """Pages may refuse; their pictures, styles and scripts must be there."""
    if response.status < 400 or response.request.resource_type == "document":
        return []
    return [f"{response.status} for {response.url}"]
