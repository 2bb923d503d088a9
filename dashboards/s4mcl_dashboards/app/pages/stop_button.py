"""A button that asks the driver of a study to stop: one trial, or all."""

from s4mcl.naming import shortened
from s4mcl_dashboards.markup import escaped, prose

STUDY_WORDS = (
    "Stop the study {name}? What runs ends at its next report and is kept; the same s4mcl run goes on with it later."
)
TRIAL_WORDS = "Stop this trial? It ends as failed, with the outcome “stopped”, and is not trained again by this study."


def stop_button(study: str, key: str | None = None) -> str:
    """The button; the page's script asks for a confirmation with the words that it holds, then sends the request."""
    words = STUDY_WORDS.format(name=shortened(study)) if key is None else TRIAL_WORDS
    of_trial = "" if key is None else f' data-trial="{escaped(key)}"'
    text = "Stop the study" if key is None else "Stop this trial"
    return (
        f'<button type="button" class="stop" data-study="{escaped(study)}"{of_trial} data-words="{escaped(words)}">'
        f'{prose(text)}</button><span class="asked" role="status"></span>'
    )
