"""The documented and the observed failures of the ECB's data service, by name."""

from __future__ import annotations

from ingestion.sandbox.fault_reply import Fault

_HTML = {"content-type": "text/html;charset=utf-8"}
_CSV = {"content-type": "application/vnd.sdmx.data+csv;version=1.0.0"}
_HEADER = "KEY,FREQ,CURRENCY,CURRENCY_DENOM,EXR_TYPE,EXR_SUFFIX,TIME_PERIOD,OBS_VALUE\r\n"


def sdmx_error(code: int, message: str) -> str:
    """An error as SDMX has it."""
    return (
        '<?xml version="1.0" encoding="UTF-8"?>'
        '<mes:Error xmlns:mes="http://www.sdmx.org/resources/sdmxml/schemas/v2_1/message" '
        'xmlns:com="http://www.sdmx.org/resources/sdmxml/schemas/v2_1/common">'
        f'<mes:ErrorMessage code="{code}"><com:Text xml:lang="en">{message}</com:Text></mes:ErrorMessage></mes:Error>'
    )


def _xml(status: int, code: int, message: str) -> Fault:
    return Fault(status, sdmx_error(code, message), {"content-type": "application/xml"})


ECB_FAULTS: dict[str, Fault] = {
    "ecb.no_data": _xml(404, 100, "No results found."),
    # The gateway in front of the service says the same in JSON.
    "ecb.no_data_json": Fault(404, {"title": "Not Found", "status": 404, "detail": "No results found."}),
    "ecb.no_such_address": Fault(404, {"status": 404, "error": "Not Found", "path": "/service/data/EXR/"}),
    # What the service answers on a day without rates, against its own documentation.
    "ecb.empty": Fault(200, "", _CSV),
    "ecb.header_only": Fault(200, _HEADER, _CSV),
    "ecb.cut": Fault(200, f"{_HEADER}EXR.D.CHF.EUR.SP00.A,D,CHF,EUR,SP00,A,2026-11-2", _CSV),
    "ecb.html": Fault(200, "<!DOCTYPE html><html><body>The site is under maintenance.</body></html>", _HTML),
    "ecb.other_columns": Fault(200, "KEY,PERIOD,VALUE\r\nEXR.D.CHF.EUR.SP00.A,2026-11-20,0.9310\r\n", _CSV),
    "ecb.no_number": Fault(200, f"{_HEADER}EXR.D.CHF.EUR.SP00.A,D,CHF,EUR,SP00,A,2026-11-20,n/a\r\n", _CSV),
    "ecb.not_changed": Fault(304, ""),
    "ecb.syntax": _xml(400, 140, "Syntax error"),
    "ecb.not_acceptable": _xml(406, 406, "Not acceptable"),
    "ecb.blocked": Fault(403, "<html><body>Request blocked.</body></html>", _HTML),
    "ecb.throttled": Fault(429, "", {"Retry-After": "7"}),
    "ecb.server_error": _xml(500, 500, "Internal server error"),
    "ecb.not_implemented": _xml(501, 501, "Not implemented"),
    "ecb.unavailable": Fault(503, "<html><body>Service unavailable</body></html>", _HTML),
}
