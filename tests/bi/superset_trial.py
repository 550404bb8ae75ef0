"""Run by Superset's own Python: import a bundle into a fresh Superset, and answer every chart's data on request.

    python superset_trial.py bundle.zip       with SUPERSET_CONFIG_PATH and a metadata database that is initialised

Each line on standard input asks for all charts anew, past every cache; the answer is one line of JSON: by the chart's
UUID its name, its rows, and the status of the reply. The process stays the same, as a web server's would.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from superset.app import create_app


def main() -> None:
    answers = sys.stdout
    sys.stdout = sys.stderr  # Superset prints there what it likes
    app = create_app()
    app.config["TESTING"] = True
    with app.test_client() as client:
        reply = client.post(
            "/api/v1/security/login",
            json={"username": "admin", "password": "admin", "provider": "db", "refresh": False},
        )
        headers = {"Authorization": f"Bearer {reply.get_json()['access_token']}"}
        with Path(sys.argv[1]).open("rb") as bundle:
            reply = client.post(
                "/api/v1/assets/import/",
                headers=headers,
                data={"bundle": (bundle, "bundle.zip")},
                content_type="multipart/form-data",
            )
        print(json.dumps({"status": reply.status_code, "text": reply.get_data(as_text=True)[:2000]}), file=answers)
        answers.flush()
        for _ in sys.stdin:
            print(json.dumps(charts(client, headers)), file=answers)
            answers.flush()


def charts(client, headers) -> dict:
    found = {}
    listed = client.get("/api/v1/chart/?q=(page_size:1000)", headers=headers).get_json()
    for chart in listed["result"]:
        reply = client.get(f"/api/v1/chart/{chart['id']}/data/?force=true", headers=headers)
        content = reply.get_json()
        rows = content["result"][0]["data"] if reply.status_code == 200 else content
        found[chart["uuid"]] = {"name": chart["slice_name"], "status": reply.status_code, "rows": rows}
    return found


if __name__ == "__main__":
    main()
