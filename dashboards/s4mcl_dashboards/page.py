"""The whole page: one file with its style, its script and Plotly inside, and a policy that forbids the network."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from importlib import resources
from string import Template

from s4mcl.naming import shortened
from s4mcl_dashboards.markup import escaped, prose
from s4mcl_dashboards.material import Material
from s4mcl_dashboards.namespace import deeper, namespaced
from s4mcl_dashboards.naming import joined
from s4mcl_dashboards.plotly_script import plotly_script
from s4mcl_dashboards.sections.ablation import ablation_section
from s4mcl_dashboards.sections.boundaries import boundaries_section
from s4mcl_dashboards.sections.classification import classification_section
from s4mcl_dashboards.sections.cluster import cluster_section
from s4mcl_dashboards.sections.comparisons import comparisons_section
from s4mcl_dashboards.sections.curves import curves_section
from s4mcl_dashboards.sections.label_fraction import label_fraction_section
from s4mcl_dashboards.sections.provenance import provenance_section
from s4mcl_dashboards.sections.search import search_section
from s4mcl_dashboards.sections.side_by_side import ANCHOR, TITLE, comparability, side_by_side_section
from s4mcl_dashboards.sections.summary import summary_section
from s4mcl_dashboards.sections.table import table_section

SECTIONS: tuple[tuple[str, str, Callable[[Material], str]], ...] = (  # the section's id, its word in the contents
    ("labels", "Labels", label_fraction_section),
    ("table", "Tables", table_section),
    ("comparisons", "Comparisons", comparisons_section),
    ("ablation", "Ablation", ablation_section),
    ("search", "Search", search_section),
    ("boundaries", "Boundaries", boundaries_section),
    ("classification", "Classes", classification_section),
    ("curves", "Curves", curves_section),
    ("cluster", "Cluster", cluster_section),
    ("provenance", "What ran", provenance_section),
)
SCRIPTS = ("drawings.js", "tables.js", "report.js")
MOST_IN_TITLE = 4  # studies


@dataclass(frozen=True)
class Parts:
    """What a page is put together from: its title as plain text, the rest as HTML."""

    title: str
    description: str
    summary: str
    contents: str
    sections: str


def page(materials: Sequence[Material], names: Sequence[str] = ()) -> str:
    """The report of one study, or of several side by side, as HTML.

    Args:
        materials: the studies, at least one.
        names: what each of them is called on the page, no two alike; by default the studies' own names.
    """
    found = parts(materials, names)
    templates = resources.files("s4mcl_dashboards") / "templates"
    read = {name: (templates / name).read_text(encoding="utf-8") for name in ("report.html", "report.css", *SCRIPTS)}
    script = "\n".join(read[name] for name in SCRIPTS)
    filled = {**vars(found), "title": escaped(found.title)}
    return Template(read["report.html"]).substitute(
        filled, style=read["report.css"], plotly=plotly_script(), script=script
    )


def parts(materials: Sequence[Material], names: Sequence[str] = ()) -> Parts:
    """The parts of the page; the arguments are those of `page`."""
    studies = dict(zip(names or [material.name for material in materials], materials, strict=True))
    if len(studies) != len(materials):
        raise ValueError(f"studies {', '.join(names)}: each on a page needs a name of its own")
    if len(studies) == 1:
        name, material = next(iter(studies.items()))
        return Parts(name, _description(material), summary_section(material), *_one(material))
    return Parts(_title([*studies]), "", comparability(studies), *_several(studies))


def _one(material: Material) -> tuple[str, str]:
    """The contents and the sections of a study."""
    links = [(anchor, word) for anchor, word, _ in SECTIONS]
    return _contents(links, "Contents"), "\n".join(make(material) for _, _, make in SECTIONS)


def _several(studies: Mapping[str, Material]) -> tuple[str, str]:
    """What compares the studies, then each of them with contents of its own."""
    prefixes = {name: f"study-{place}" for place, name in enumerate(studies, start=1)}
    links = [(ANCHOR, TITLE), *((prefix, name) for name, prefix in prefixes.items())]
    articles = [_article(name, prefixes[name], material) for name, material in studies.items()]
    return _contents(links, "Contents"), "\n".join([side_by_side_section(studies), *articles])


def _article(name: str, prefix: str, material: Material) -> str:
    contents, sections = _one(material)
    contents = contents.replace('aria-label="Contents"', f'aria-label="Contents of {escaped(name)}"')
    inner = deeper(namespaced(f"{summary_section(material)}{contents}{sections}", f"{prefix}-"))
    return (
        f'<article class="study" id="{prefix}" aria-labelledby="{prefix}-name"><p class="kicker">study</p>'
        f'<h2 id="{prefix}-name"><bdi>{escaped(name)}</bdi></h2>{_description(material)}{inner}</article>'
    )


def _contents(links: Sequence[tuple[str, str]], name: str) -> str:
    items = "".join(f'<a href="#{anchor}"><bdi>{escaped(shortened(word))}</bdi></a>' for anchor, word in links)
    return f'<nav aria-label="{name}">{items}</nav>'


def _description(material: Material) -> str:
    description = str(material.config.get("description") or "")
    return f'<p class="description">{prose(description)}</p>' if description else ""


def _title(names: list[str]) -> str:
    more = len(names) - MOST_IN_TITLE
    return joined([*names[:MOST_IN_TITLE], *([f"{more} more"] if more > 0 else [])])
