"""A dashboard of your own, on another origin, made of what niiserve serves: figures, charts, pictures, a whole page.

    CORS_ORIGINS=http://localhost:8501 npm start      # lets that origin embed pictures and pages
    pip install streamlit && streamlit run examples/streamlit_page.py

`API` is where a browser finds the service; with keys, send `X-API-Key` in `get` and serve the pictures through `st.image`.
"""
import json
import os
from urllib.parse import urlencode
from urllib.request import urlopen

import streamlit as st

API = os.environ.get("NIISERVE", "http://127.0.0.1:8080")


def get(path, **query):
    return json.load(urlopen(f"{API}/v1/{path}?{urlencode(query)}"))


dataset = get("dataset")
st.title(dataset["title"])
st.caption(f"Not for diagnosis. {dataset['license']['name'] if dataset['license'] else ''} {dataset['citation'] or ''}")

category = st.selectbox("Category", [item["id"] for item in get("categories")["items"]])
stats = get("stats", category=category)
st.bar_chart({f"{bin['from']:g}": bin["studies"] for bin in stats["slices"]["bins"]}, x_label="slices", y_label="studies")

# The browser fetches these itself, from niiserve: an address with a revision is asked for once.
for study in get("studies", category=category, sort="-lesionMl", limit=4)["items"]:
    look = {"size": 256, "rev": study["revision"], **({"overlay": "contour"} if study["annotated"] else {})}
    st.markdown(f"![{study['id']}]({API}/v1/studies/{study['id']}/thumbnail.png?{urlencode(look)}) [{study['id']}]({API}/studies/{study['id']})")

st.iframe(f"{API}/studies?{urlencode({'category': category, 'view': 'gallery'})}", height=600)
