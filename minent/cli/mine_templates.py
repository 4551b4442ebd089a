"""`minent mine-templates`."""

import time
from collections.abc import Iterator, Mapping
from typing import Any

import click

from minent.cli.inputs import list_inputs, load_lexicon, open_corpus
from minent.cli.options import (
    Reading,
    dry_run_option,
    json_option,
    make_command,
    memory_options,
    output_options,
    paths_argument,
    reading_options,
    threads_option,
    usage_errors,
)
from minent.cli.output import (
    announce_compilation,
    corpus_summary,
    cost_summary,
    json_rows,
    open_output,
    progress,
    say,
    warn,
    write_rows,
)
from minent.count import Resources
from minent.errors import InputError
from minent.mine import MiningOptions, mine_templates
from minent.templates import CLAUSES, UNITS, TemplateSet

DEFAULTS = MiningOptions()


@make_command(
    "minent mine-templates questions.txt -m lexicon.tsv -o templates.tsv",
    "minent mine-templates server.log --units spaces --clauses lines | head",
)
@paths_argument("CORPUS")
@click.option("-m", "--lexicon", metavar="FILE", help="The lexicon whose words CORPUS is cut into, for --units words.")
@output_options("the templates")
@click.option(
    "--units",
    type=click.Choice(UNITS),
    default=DEFAULTS.units,
    show_default="words with a lexicon, else spaces",
    help="What words are: those of the lexicon, what stands between white space, or characters (numbers and runs of "
    "letters are one).",
)
@click.option(
    "--clauses",
    type=click.Choice(CLAUSES),
    default=DEFAULTS.clauses,
    show_default=True,
    help="Where clauses end: at marks and line ends; or at line ends alone, and marks are words, as in logs.",
)
@click.option(
    "--window",
    type=int,
    default=DEFAULTS.window,
    metavar="N",
    show_default=True,
    help="Look for bonds between words up to N words apart.",
)
@click.option(
    "--min-count",
    type=int,
    default=DEFAULTS.min_count,
    metavar="N",
    show_default=True,
    help="Drop templates that cover fewer clauses, and bonds and words seen fewer times.",
)
@click.option(
    "--min-pmi",
    type=float,
    default=DEFAULTS.min_pmi,
    metavar="X",
    show_default=True,
    help="Nats of mutual information in a bond, where templates are looked for.",
)
@click.option(
    "--min-gain",
    type=float,
    default=DEFAULTS.min_gain,
    metavar="X",
    show_default=True,
    help="Nats a template must save in each clause, beside what it costs to store.",
)
@click.option(
    "--null-cost",
    type=float,
    default=DEFAULTS.null_cost,
    metavar="X",
    show_default=True,
    help="Nats that a clause without a template costs; with more, what pairs of neighbours say as well is kept.",
)
@click.option(
    "--sample",
    type=int,
    default=DEFAULTS.sample,
    metavar="N",
    show_default=True,
    help="Choose templates in N words, at most, of clauses drawn by what is in them; count them in all.",
)
@reading_options()
@threads_option
@memory_options(Resources.memory, resumes=False)
@json_option("Write JSON lines instead: the templates and their evidence.")
@dry_run_option
def command(
    paths: tuple[str, ...],
    lexicon: str | None,
    output: str | None,
    force: bool,
    reading: Reading,
    threads: int,
    memory: int,
    work_dir: str | None,
    as_json: bool,
    dry_run: bool,
    **chosen: Any,
) -> None:
    """Find templates in CORPUS: words with holes between them.

    CORPUS are files, directories, patterns, @FILE for a list of these, or addresses, plain or compressed; "-" or none
    at all is standard input.  A template is written [X] 是 什么 意思, a hole as [X], and is kept if it makes CORPUS
    cheaper to describe by more than it costs to store.  The table says how often, what it saves, what fills each
    hole, and shows clauses; those that save most come first.
    """
    units_given = click.get_current_context().get_parameter_source("units") != click.core.ParameterSource.DEFAULT
    if lexicon is None and not units_given:
        chosen["units"] = "spaces"
    with usage_errors():
        options = MiningOptions(**chosen)
        if (options.units == "words") != (lexicon is not None):
            raise InputError(
                "--units words need a lexicon: make one with build-lexicon and give it by -m"
                if lexicon is None
                else f"-m is for --units words, not for {options.units}"
            )
    if dry_run:
        list_inputs(paths)
        return
    begun = time.monotonic()
    announce_compilation()
    words = None if lexicon is None else load_lexicon(lexicon)
    resources = Resources(threads, memory, work_dir)
    with open_output(output, force=force) as stream:
        with progress() as listener, open_corpus(paths, reading, listener) as corpus:
            templates = mine_templates(corpus, words, options, resources, progress=listener)
        if as_json:
            write_rows(stream, json_rows(_records(templates)))
        else:
            templates.write(stream)
    _warn(templates, lexicon, units_given=units_given)
    trivial = sum(template.trivial for template in templates)
    beside = f" and {trivial:,} trivial ones" if trivial else ""
    found = f"{len(templates) - trivial:,} templates{beside} in {templates.total:,} clauses"
    say(f"{found} {corpus_summary(templates.about)} {cost_summary(begun)}")


def _records(templates: TemplateSet) -> Iterator[Mapping[str, Any]]:
    for template in templates:
        yield {
            "template": template.pattern,
            "count": template.count,
            "gain": round(template.gain, 1),
            "trivial": template.trivial,
            "pmi": [round(bond, 3) for bond in template.pmi],
            "classes": template.classes,
            "fillers": [dict(each) for each in template.fillers],
            "examples": template.examples,
        }


def _warn(templates: TemplateSet, lexicon: str | None, *, units_given: bool) -> None:
    """Tell what may explain templates that are few or strange."""
    about = templates.about
    if lexicon is None and not units_given:
        say("no lexicon given: words are what stands between white space (--units spaces)")
    if float(about["unlisted"]) > _MOST_UNLISTED:
        warn(
            f"{float(about['unlisted']):.0%} of the words of the text are not in {lexicon}; "
            "is it a lexicon of another language, or other text?"
        )


_MOST_UNLISTED = 0.5
