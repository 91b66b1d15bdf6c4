"""Refusals: codes and texts, one table per host, because the same number means different things.

Texts of the OA host are Zalo's, with its spelling. For the business and OAuth hosts public sources give the
meaning; the wording here is ours.
"""

OPENAPI = {
    0: "Success",
    -32: "Your application reached limit call api",
    -100: "attachment_id was expired",
    -201: "Params is invalid!",
    -204: "Offical Account is disable",
    -205: "Offical Account is not exist",
    -209: "Not supported this api",
    -210: "Parameter exceeds allowable limit",
    -211: "Out of quota",
    -212: "App has not registed this api",
    -214: "Article is being processed",
    -216: "Access token is invalid",
    -217: "User has blocked invitation",
    -220: "access_token is expired or removed",
    -221: "Official Account must be verified",
    -223: "Official Account has not authorized this API",
    -224: "Official Account must upgrade package",
    -227: "User is banned or inactive > 45 days",
    -230: "User has not interacted with the OA in the past 7 days",
    -232: "User has not interacted with the OA or the last interaction has expired",
    -234: "This message cannot be sent at night (10PM-6AM)",
    -240: "MessageV2 API has been shut down",
    -242: "Invalid appsecret_proof",
    -244: "User has restricted this message type",
    -248: "Violates our platform standards",
    -249: "Template does not support send via UID",
    -320: "Please connect your ZBS account",
    -321: "ZBS account is out of money",
}

BUSINESS = {
    0: "Success",
    -100: "Unknown error, please try again later",
    -103: "Application is not activated",
    -105: "Application is not linked to an OA",
    -108: "Phone number is invalid",
    -109: "Template id is invalid",
    -110: "Zalo version of the user is not supported",
    -111: "Template data is empty",
    -112: "Type of a template parameter is invalid",
    -1121: "Template parameter exceeds its length",
    -1122: "Template parameter is missing",
    -1124: "Format of a template parameter is invalid",
    -114: "User is inactive, refused, or internal error",
    -115: "Out of quota or balance",
    -117: "OA has no permission to use this template",
    -118: "Zalo account is not existed",
    -119: "Account cannot receive this message",
    -122: "Body data format is invalid",
    -124: "Access token is invalid",
    -1241: "appsecret_proof is invalid",
    -125: "OA id is invalid",
    -131: "Template is not approved",
    -132: "Parameter is invalid",
    -133: "This template may not be sent at night (22:00-06:00)",
    -134: "User has not opted in",
    -135: "OA has no permission to send (not verified or on a free package)",
    -1351: "OA is blocked for violation",
    -136: "OA must be connected to a ZBS account",
    -139: "User refused this message type",
    -140: "User is not eligible for this message",
    -141: "User refused messages of this OA",
    -144: "OA is over its daily quota",
    -146: "Template is disabled for low quality",
    -147: "Template is over its daily quota",
}

OAUTH = {
    -14002: ("Invalid app id.", "App is not active but user is not admin"),
    -14003: ("Invalid redirect uri.", "Redirect uri is not registered"),
    -14004: ("Invalid secret key.", "Secret key does not belong to the app"),
    -14005: ("Invalid code.", "Code is wrong, expired or used"),
    -14012: ("Invalid ownership.", "Official Account does not allow this app"),
    -14014: ("Invalid refresh token.", "Refresh token is wrong, expired, used or revoked"),
    -14018: ("Invalid grant type.", "Grant type is not supported"),
    -14029: ("App is not approved.", "App has not been approved"),
}


TABLES = {"openapi": OPENAPI, "business": BUSINESS}
OA_LIMIT_TEXT = "Your OA reached limit call api"


class Refused(Exception):
    """The call gets this code; nothing was done."""

    def __init__(self, code: int, text: str = "") -> None:
        super().__init__(code, text)
        self.code, self.text = code, text


def text_of(host: str, code: int) -> str:
    if host == "oauth":
        return OAUTH.get(code, ("Unknown error.", ""))[0]
    return TABLES[host].get(code, "Unknown error")
