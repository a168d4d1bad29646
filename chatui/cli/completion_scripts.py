"""What each shell is told to complete `chatui`, and what it is answered.

The scripts are our own, because click's give bash names as they are: one with a blank becomes two
words, one with a colon is repeated, `*` becomes the files of the folder, and what stands in `$(…)`
would be run when the line is. What goes wrong is not said in the line that is being typed.
"""

from __future__ import annotations

import os

from click.shell_completion import (
    CompletionItem,
    FishComplete,
    ShellComplete,
    ZshComplete,
    add_completion_class,
)

from chatui.cli.shell_words import Typed, typed, written

BASH = """\
%(complete_func)s() {
    local line typed
    COMPREPLY=()
    typed=$(LC_ALL=C; printf '%%s' "${COMP_LINE:0:COMP_POINT}")
    while IFS= read -r line; do
        case $line in
            plain,*) COMPREPLY+=("${line#plain,}") ;;
            dir,*) compopt -o dirnames ;;
            file,*) compopt -o default ;;
        esac
    done < <(env COMP_LINE="$typed" COMP_BREAKS="$COMP_WORDBREAKS" %(complete_var)s=bash_complete \\
        "$1" 2>/dev/null)
}

complete -o nosort -F %(complete_func)s %(prog_name)s
"""

ZSH = """\
#compdef %(prog_name)s

%(complete_func)s() {
    local -a named described answer
    local kind name told
    (( ! $+commands[%(prog_name)s] )) && return 1

    answer=("${(@f)$(env COMP_WORDS="${words[*]}" COMP_CWORD=$((CURRENT-1)) \\
%(complete_var)s=zsh_complete %(prog_name)s 2>/dev/null)}")

    for kind name told in "${answer[@]}"; do
        case $kind in
            (plain)
                if [[ $told == _ ]]; then
                    named+=("$name")
                else
                    described+=("${${name//\\\\/\\\\\\\\}//:/\\\\:}:$told")
                fi ;;
            (dir) _path_files -/ ;;
            (file) _path_files -f ;;
        esac
    done

    (( $#described )) && _describe -V unsorted described -U
    (( $#named )) && compadd -U -V unsorted -a named
}

if [[ $zsh_eval_context[-1] == loadautofunc ]]; then
    %(complete_func)s "$@"
else
    compdef %(complete_func)s %(prog_name)s
fi
"""

FISH = """\
function %(complete_func)s
    set -l words (commandline -cp | string collect)
    set -l begun (commandline -ct | string collect)
    for line in (env %(complete_var)s=fish_complete COMP_WORDS="$words" COMP_CWORD="$begun" \\
            %(prog_name)s 2>/dev/null)
        set -l answer (string split -m 1 , -- $line)
        switch $answer[1]
            case dir
                __fish_complete_directories $answer[2]
            case file
                __fish_complete_path $answer[2]
            case plain
                printf '%%s\\n' $answer[2]
        end
    end
end

complete --no-files --command %(prog_name)s --arguments "(%(complete_func)s)"
"""


class BashWords(ShellComplete):
    """Completes by the line itself: bash has cut its words at colons, too."""

    name = "bash"
    source_template = BASH

    def __init__(self, *given: object) -> None:
        super().__init__(*given)  # type: ignore[arg-type]
        self._line = Typed((), "", 0, "")

    def get_completion_args(self) -> tuple[list[str], str]:
        breaks = os.environ.get("COMP_BREAKS", "")
        self._line = typed(os.environ.get("COMP_LINE", ""), breaks)
        return list(self._line.words[1:]), self._line.begun

    def format_completion(self, item: CompletionItem[str]) -> str:
        if item.type != "plain":
            return f"{item.type},"
        begun, value = self._line.begun, item.value
        option, sign, _ = begun.partition("=")
        if sign and begun.startswith("--"):
            value = f"{option}={value}"
        return f"plain,{written(value[self._line.kept :], self._line.quote)}"


class ZshNames(ZshComplete):
    source_template = ZSH

    def format_completion(self, item: CompletionItem[str]) -> str:
        return f"{item.type}\n{item.value}\n{item.help or '_'}"


class FishNames(FishComplete):
    source_template = FISH


def register() -> None:
    """For click, which finds by its name what answers a shell."""
    for shell in (BashWords, ZshNames, FishNames):
        add_completion_class(shell)
