"""The book's own widget manager shows all of ipywidgets, not only what is used here."""

import json
from string import Template

import anywidget
import ipywidgets as w
import pytest
import traitlets
from conftest import ROOT, serve
from ipywidgets.embed import embed_data

pytestmark = pytest.mark.browser

VENDOR = ROOT / "book" / "static" / "vendor"
PAGE = Template(
    """<!DOCTYPE html><meta charset="utf-8"><title>Widgets</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="widget-manager.css">
<script defer src="widget-manager.js"></script>
<body>
$views
<script type="application/vnd.jupyter.widget-state+json">$state</script>
"""
)


class Counter(anywidget.AnyWidget):
    _esm = """
    export default { render({ model, el }) {
      const show = () => { el.textContent = `count ${model.get("count")}`; };
      model.on("change:count", show);
      show();
      el.onclick = () => model.set("count", model.get("count") + 1);
    } };
    """
    count = traitlets.Int(0).tag(sync=True)


class Late(anywidget.AnyWidget):
    """Is ready after more than the two seconds that anywidget would wait."""

    _esm = """
    await new Promise((resolve) => { setTimeout(resolve, 2500); });
    export default { render({ el }) { el.textContent = "at last"; } };
    """


@pytest.fixture
def show(watch, tmp_path):
    """Return a function that opens a page with some widgets."""
    servers = []

    def open_page(*widgets):
        data = embed_data(views=widgets, drop_defaults=False)
        views = [
            f'<script type="application/vnd.jupyter.widget-view+json">{view}</script>'
            for view in map(json.dumps, data["view_specs"])
        ]
        state = json.dumps(data["manager_state"]).replace("</", "<\\/")
        for file in VENDOR.glob("widget-manager.*"):
            (tmp_path / file.name).write_bytes(file.read_bytes())
        page = PAGE.substitute(views="\n".join(views), state=state)
        (tmp_path / "index.html").write_text(page)
        server, address = serve(tmp_path)
        servers.append(server)
        watched = watch(address, "index.html")
        watched.page.wait_for_function(
            "n => document.querySelectorAll('.widget-subarea > *').length === n",
            arg=len(widgets),
        )
        return watched

    yield open_page
    for server in servers:
        server.shutdown()
        server.server_close()


def every_widget():
    text, number = {"value": "here"}, {"value": 3}
    return [
        *(kind(**number) for kind in (w.IntSlider, w.IntText, w.BoundedIntText)),
        *(kind(**number) for kind in (w.FloatSlider, w.FloatText, w.BoundedFloatText)),
        *(
            kind(**number)
            for kind in (w.IntProgress, w.FloatProgress, w.FloatLogSlider)
        ),
        *(kind(**text) for kind in (w.Text, w.Textarea, w.Label, w.Combobox)),
        *(kind(value="<b>bold</b>") for kind in (w.HTML, w.HTMLMath)),
        *(kind(options=["a", "b"]) for kind in (w.Dropdown, w.Select, w.RadioButtons)),
        *(kind(options=["a", "b"]) for kind in (w.ToggleButtons, w.SelectMultiple)),
        *(kind(options=["a", "b"]) for kind in (w.SelectionSlider,)),
        w.SelectionRangeSlider(options=["a", "b", "c"]),
        w.IntRangeSlider(value=(2, 5)),
        w.FloatRangeSlider(value=(2, 5)),
        *(kind(description="press") for kind in (w.Button, w.ToggleButton)),
        *(kind(description="tick") for kind in (w.Checkbox, w.Valid)),
        w.Play(),
        w.ColorPicker(value="#123456"),
        *(kind() for kind in (w.DatePicker, w.TimePicker, w.FileUpload)),
        w.TagsInput(value=["one"], allowed_tags=["one", "two"]),
        w.Image(value=b"\x89PNG", format="png"),
        *(kind([w.Label("x"), w.Label("y")]) for kind in (w.HBox, w.VBox, w.GridBox)),
        w.Tab([w.Label("x"), w.Label("y")], titles=["one", "two"]),
        w.Accordion([w.Label("x"), w.Label("y")], titles=["one", "two"]),
        w.Stack([w.Label("x"), w.Label("y")], selected_index=1),
        w.Output(outputs=({"output_type": "stream", "text": "printed"},)),
        Counter(count=7),
    ]


def test_every_widget_shows_itself(show):
    widgets = every_widget()
    watched = show(*widgets)
    assert watched.complaints == []
    text = watched.page.locator("body").inner_text()
    for word in ("here", "bold", "press", "tick", "one", "printed", "count 7"):
        assert word in text or watched.page.locator(f"[value='{word}']").count()
    assert "rror" not in text


def test_links_work_without_a_kernel(show):
    slider, shown = w.IntSlider(value=3, min=0, max=9), w.IntText()
    counter, label = Counter(), w.Label("")
    tab = w.Tab([w.Label("first"), w.Label("second")], titles=["A", "B"])
    stack = w.Stack([w.Label("card 0"), w.Label("card 1")], selected_index=0)
    w.jslink((slider, "value"), (counter, "count"))
    w.jsdlink((slider, "value"), (shown, "value"))
    w.jslink((tab, "selected_index"), (stack, "selected_index"))
    watched = show(w.VBox([slider, shown, counter, label]), tab, stack)
    page = watched.page
    page.locator(".noUi-handle").press("End")
    page.get_by_text("count 9", exact=True).click()
    page.get_by_text("B", exact=True).click()
    page.get_by_text("card 1").wait_for()
    # 9 is the slider's largest value; the counter itself went one further.
    page.get_by_text("count 10", exact=True).wait_for()
    assert page.locator("input[type=number]").input_value() == "9"
    assert watched.complaints == []


def test_a_formula_in_a_label_waits_for_mathjax(show):
    watched = show(w.Label(r"\(\rho(W)\)"))
    assert watched.page.get_by_text(r"\(\rho(W)\)").is_visible()
    assert watched.complaints == []


def test_a_slow_machine_is_waited_for(show):
    watched = show(Late())
    watched.page.get_by_text("at last").wait_for()
    assert watched.complaints == []
