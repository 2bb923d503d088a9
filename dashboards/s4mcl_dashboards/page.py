"""The whole page: one file with its style, its script and Plotly inside, and a policy that forbids the network."""

from importlib import resources
from string import Template

from plotly.offline import get_plotlyjs

from s4mcl_dashboards.markup import escaped
from s4mcl_dashboards.material import Material
from s4mcl_dashboards.sections.ablation import ablation_section
from s4mcl_dashboards.sections.boundaries import boundaries_section
from s4mcl_dashboards.sections.comparisons import comparisons_section
from s4mcl_dashboards.sections.curves import curves_section
from s4mcl_dashboards.sections.label_fraction import label_fraction_section
from s4mcl_dashboards.sections.provenance import provenance_section
from s4mcl_dashboards.sections.search import search_section
from s4mcl_dashboards.sections.summary import summary_section
from s4mcl_dashboards.sections.table import table_section

SECTIONS = (
    label_fraction_section,
    table_section,
    comparisons_section,
    ablation_section,
    search_section,
    boundaries_section,
    curves_section,
    provenance_section,
)


def page(material: Material) -> str:
    """The report of one study as HTML."""
    templates = resources.files("s4mcl_dashboards") / "templates"
    read = {name: (templates / f"report.{name}").read_text(encoding="utf-8") for name in ("html", "css", "js")}
    description = str(material.config.get("description") or "")
    return Template(read["html"]).substitute(
        title=escaped(material.name),
        description=f'<p class="description">{escaped(description)}</p>' if description else "",
        summary=summary_section(material),
        sections="\n".join(section(material) for section in SECTIONS),
        style=read["css"],
        plotly=get_plotlyjs(),
        script=read["js"],
    )
