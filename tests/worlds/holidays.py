"""Holiday lists for tests: a published one and a next year's that could be."""

import json

from law.data import DATA

Y2026 = json.loads((DATA / "holidays" / "2026.json").read_text())
Y2027 = {
    "year": 2027,
    "papers": ["https://www.gov.cn/2027"],
    "days": [
        {"name": "元旦", "date": "2027-01-01", "isOffDay": True},
        {"name": "元旦", "date": "2027-01-04", "isOffDay": True},
        {"name": "元旦", "date": "2027-01-02", "isOffDay": False},
        {"name": "劳动节", "date": "2027-05-01", "isOffDay": True},
        {"name": "国庆节", "date": "2027-10-01", "isOffDay": True},
    ],
}
