"""Refusals: codes and texts, one table per host, because the same number means different things.

Texts of the OA host are Zalo's, with its spelling. For the business and OAuth hosts public sources give the
meaning; the wording here is ours.
"""

OPENAPI = {
    0: "Success",
    -32: "Your application reached limit call api",
    -100: "attachment_id was expired",
    -200: "Send message failed",
    -201: "Params is invalid!",
    -204: "Offical Account is disable",
    -205: "Offical Account is not exist",
    -209: "Not supported this api",
    -210: "Parameter exceeds allowable limit",
    -211: "Out of quota",
    -212: "App has not registed this api",
    -213: "User has not followed OA",
    -214: "Article is being processed",
    -216: "Access token is invalid",
    -217: "User has blocked invitation",
    -218: "Out of quota receive",
    -219: "App is removed or disabled",
    -220: "access_token is expired or removed",
    -221: "Official Account must be verified",
    -223: "Official Account has not authorized this API",
    -224: "Official Account must upgrade package",
    -227: "User is banned or inactive > 45 days",
    -230: "User has not interacted with the OA in the past 7 days",
    -232: "User has not interacted with the OA or the last interaction has expired",
    -233: "Message type is invalid",
    -234: "This message cannot be sent at night (10PM-6AM)",
    -235: "Official Account type is not supported",
    -237: "Group is disabled",
    -238: "Asset is used",
    -240: "MessageV2 API has been shut down",
    -241: "Official Account is not in group",
    -242: "Invalid appsecret_proof",
    -244: "User has restricted this message type",
    -248: "Violates our platform standards",
    -249: "Template does not support send via UID",
    -320: "Please connect your ZBS account",
    -321: "ZBS account is out of money",
    -403: "Official Account is not in group",
}

BUSINESS = {
    0: "Success",
    -100: "Unknown error, please try again later",
    -101: "Application is invalid",
    -102: "Application is not existed",
    -103: "Application is not activated",
    -104: "Secret key of the application is invalid",
    -105: "Application is not linked to an OA",
    -106: "Method is not supported",
    -107: "Message id is invalid",
    -108: "Phone number is invalid",
    -109: "Template id is invalid",
    -110: "Zalo version of the user is not supported",
    -111: "Template data is empty",
    -112: "Type of a template parameter is invalid",
    -1121: "Template parameter exceeds its length",
    -1122: "Template parameter is missing",
    -1123: "QR code could not be generated",
    -1124: "Format of a template parameter is invalid",
    -113: "Template button is invalid",
    -114: "User is inactive, refused, or internal error",
    -115: "Out of quota or balance",
    -116: "Text is invalid",
    -117: "OA has no permission to use this template",
    -118: "Zalo account is not existed",
    -119: "Account cannot receive this message",
    -120: "OA has no permission to use this feature",
    -121: "Template is invalid",
    -122: "Body data format is invalid",
    -123: "RSA data cannot be decrypted",
    -124: "Access token is invalid",
    -1241: "appsecret_proof is invalid",
    -125: "OA id is invalid",
    -126: "Wallet of the development mode is out of money",
    -127: "Test template can be sent to administrators only",
    -131: "Template is not approved",
    -132: "Parameter is invalid",
    -133: "This template may not be sent at night (22:00-06:00)",
    -134: "User has not opted in",
    -135: "OA has no permission to send (not verified or on a free package)",
    -1351: "OA is blocked for violation",
    -136: "OA must be connected to a ZBS account",
    -137: "Charging the ZBS account failed",
    -138: "Application has no permission to use this feature",
    -139: "User refused this message type",
    -140: "User is not eligible for this message",
    -141: "User refused messages of this OA",
    -144: "OA is over its daily quota",
    -1441: "OA is over its promotion quota of the month",
    -145: "OA may not send this type of content",
    -146: "Template is disabled for low quality",
    -147: "Template is over its daily quota",
    -1471: "User is over the promotion quota of the month",
    -1472: "User is over the promotion quota of the day",
    -160: "Template management is over its daily quota",
}

OAUTH = {
    -14002: ("Invalid app id.", "App is not active but user is not admin"),
    -14003: ("Invalid redirect uri.", "Redirect uri is not registered"),
    -14004: ("Invalid secret key.", "Secret key does not belong to the app"),
    -14005: ("Invalid code.", "Code is wrong, expired or used"),
    -14012: ("Invalid ownership.", "Official Account does not allow this app"),
    -14014: ("Invalid refresh token.", "Refresh token is wrong, expired, used or revoked"),
    -14018: ("Invalid grant type.", "Grant type is not supported"),
    -14024: ("Invalid ownership.", "App does not belong to the Official Account"),
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
