"""Properties under a fuzzer that sees which lines an input reaches, and varies what reached more.

    python -m tests.fuzz.guided SECONDS            each of them for so long, in a process of its own
    python -m tests.fuzz.guided SECONDS MODULE:TEST

Atheris has no wheels for some systems, so it is installed by `make fuzz-guided` alone. An input
that fails a property is kept in .hypothesis, and `make fuzz` begins with it.
"""

from __future__ import annotations

import importlib
import subprocess
import sys

PROPERTIES = (
    "test_server_words:test_a_stream_cut_anywhere_has_the_events_of_the_standard",
    "test_server_words:test_any_chunks_are_events_whose_text_is_only_text",
    "test_server_words:test_any_report_can_be_booked_and_added_up",
    "test_gguf:test_any_bytes_behind_the_beginning_are_fields_or_malformed",
    "test_gguf:test_a_header_is_read_as_it_was_written",
    "test_schemas:test_what_may_be_written_fits_its_schema",
    "test_schemas:test_what_is_no_schema_is_followed_or_refused_with_one_sentence",
    "test_schemas:test_what_fits_a_schema_fits_it_with_fewer_keywords",
    "test_markdown:test_no_word_of_odd_markdown_is_lost_while_it_streams",
    "test_names_and_rules:test_marks_stand_apart_in_order_and_outside_code",
    "test_names_and_rules:test_only_marks_of_passages_stay_and_nothing_else_goes",
)
"""Those that need nothing but their input."""


def watched(place: str, seconds: str) -> None:
    import atheris

    module, _, name = place.partition(":")
    with atheris.instrument_imports(include=["chatui"]):
        found = getattr(importlib.import_module(f"tests.fuzz.{module}"), name)
    atheris.Setup([sys.argv[0], f"-max_total_time={seconds}"], found.hypothesis.fuzz_one_input)
    atheris.Fuzz()


def main() -> int:
    seconds, *places = sys.argv[1:]
    if places:
        watched(places[0], seconds)
    done = [
        subprocess.run([sys.executable, "-m", "tests.fuzz.guided", seconds, place], check=False)
        for place in PROPERTIES
        if not places
    ]
    return max((each.returncode != 0 for each in done), default=0)


if __name__ == "__main__":
    sys.exit(main())
