"""`minent completion`, and what the shell asks while a command is typed."""

import click
from click.shell_completion import get_completion_class, shell_complete

from minent.cli import COMPLETING
from minent.cli.options import make_command

_FILES = {"FILE", "PATH", "DIR", "FILE.svg"}
_NO_FILES = {"WORD"}


@make_command('eval "$(minent completion bash)"', "minent completion fish > ~/.config/fish/completions/minent.fish")
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]), metavar="SHELL")
@click.pass_context
def command(ctx: click.Context, shell: str) -> None:
    """Print what makes SHELL complete what is typed.

    SHELL is bash (4.4 or later), zsh or fish; commands, options and paths are completed.  To have it in every shell,
    put the first line below into ~/.bashrc, or the like with zsh into ~/.zshrc.
    """
    kind = get_completion_class(shell)
    if kind is not None:
        click.echo(kind(ctx.find_root().command, {}, "minent", COMPLETING).source())


def answer(group: click.Group, instruction: str) -> int:
    """Answer what the shell asks; `instruction` is the value of COMPLETING.  Returns the exit code."""
    return shell_complete(group, {}, "minent", COMPLETING, instruction)


def complete_paths(command: click.Command) -> click.Command:
    """Let paths be completed where a command takes some."""
    for parameter in command.params:
        metavar = (parameter.metavar or "").strip("[].")
        takes_path = metavar not in _NO_FILES if isinstance(parameter, click.Argument) else metavar in _FILES
        if takes_path and isinstance(parameter.type, type(click.STRING)):
            parameter.type = click.Path()
    return command
