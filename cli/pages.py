"""`kpi pages`: write the pages of the publication anew, and print them as PDF."""

from __future__ import annotations

from pathlib import Path

import click

from cli.console import console


@click.command(short_help="Write the pages of the publication anew, or print them as PDF.")
@click.option("--pdf", is_flag=True, help="Print pages as PDF, by the Chromium that is installed.")
@click.option(
    "--page", "names", multiple=True, metavar="NAME", help="Which to print, such as ceo or kpi/cost_per_lead."
)
@click.option("--to", type=click.Path(path_type=Path, file_okay=False), help="The folder of the PDF files.")
@click.option("--list", "is_list", is_flag=True, help="List the blocks that a page of your own can be made of.")
def command(*, pdf: bool, names: tuple[str, ...], to: Path | None, is_list: bool) -> None:
    """Write the pages of the current publication anew, as after a change of config/pages/*.yml.

    With --pdf, print them: all of the menu, or those that --page names.

    \b
    Examples:
      kpi pages
      kpi pages --pdf
      kpi pages --pdf --page ceo --page kpi/cost_per_lead --to ~/reports
    """
    from warehouse.settings import load_settings

    screen = console()
    if is_list:
        from dashboards.blocks import BLOCKS

        for name, block in BLOCKS.items():
            screen.print(f"{name:<16}{(block.__doc__ or '').split(chr(10))[0]}", soft_wrap=True)
        return
    settings = load_settings()
    if not pdf:
        if names or to:
            raise click.UsageError("--page and --to are for --pdf; add it")
        from dashboards.build import build

        index, *pages = build(settings)
        screen.print(f"{len(pages)} pages: {index}", soft_wrap=True)
        return
    from dashboards.pdf import print_pages

    for path in print_pages(settings, names, to):
        screen.print(str(path), soft_wrap=True)
