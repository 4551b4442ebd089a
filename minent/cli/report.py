"""`minent report`."""

import click

from minent.cli.inputs import load_any, open_corpus
from minent.cli.options import errors_option, make_command, output_options, threads_option, usage_errors
from minent.cli.output import announce_compilation, needed_output, open_output, progress, say
from minent.files import write_folder
from minent.reporting.report import ReportOptions, make_report

DEFAULTS = ReportOptions()


@make_command(
    "minent report lexicon.tsv -o report.html --corpus corpus.txt",
    "minent report lexicon.tsv templates.tsv tokenizer.json -o report.html --charts charts/",
)
@click.argument("files", metavar="FILE...", nargs=-1, required=True)
@output_options("the page", default=False)
@click.option("--corpus", multiple=True, metavar="TEXT", help="Show words in this text, measure tokenizers on it.")
@click.option("--charts", metavar="FOLDER", help="Write the charts there too, each as an SVG file.")
@click.option("--title", metavar="TEXT", default=DEFAULTS.title, show_default="what is in it", help="Of the page.")
@click.option(
    "--top",
    type=int,
    default=DEFAULTS.top,
    metavar="N",
    show_default=True,
    help="Show so many words, doubtful words, templates, pieces; up to 200.",
)
@errors_option
@threads_option
def command(
    files: tuple[str, ...],
    output: str | None,
    force: bool,
    corpus: tuple[str, ...],
    charts: str | None,
    title: str,
    top: int,
    errors: str,
    threads: int,
) -> None:
    """Describe each FILE on one page for people.

    FILE is a lexicon, templates or a tokenizer.  The page needs no other file and no script: charts, the best words and
    the most doubtful ones, in the places of TEXT where they stand, templates with what fills their holes, bytes a token
    by script.
    """
    with usage_errors():
        options = ReportOptions(top, title)
    needed_output(output, force=force)
    things = {file: load_any(file) for file in files}
    announce_compilation()
    if corpus:
        with progress() as listener, open_corpus(corpus, errors, listener, reiterable=True) as text:
            report = make_report(things, text, options, threads=threads, progress=listener)
    else:
        report = make_report(things, None, options, threads=threads)
    page = report.html.encode()
    if charts is not None:
        write_folder(charts, {name: svg.encode() for name, svg in report.charts.items()}, force=force)
    with open_output(output, force=force) as stream:
        stream.write(page)
    say(f"{len(page):,} bytes, {len(report.charts)} charts")
