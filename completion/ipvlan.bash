# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# Completion of ipvlan(8) for bash: /usr/share/bash-completion/completions/ipvlan. It knows no tool and
# no option by itself: it reads what --help says.

_ipvlan() {
	local current=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]} tool=${COMP_WORDS[1]} words

	case $COMP_CWORD:$before:$current in
	1:*) words="$("$1" --help 2>/dev/null | awk '$1 == "ipvlan" && NF > 2 {print $2}') --help --version" ;;
	*:--data-dir:* | *:--conf-dir:*)
		mapfile -t COMPREPLY < <(compgen -d -- "$current")
		return
		;;
	*:--network:*) words=$("$1" list --json 2>/dev/null | sed -n 's/.*"network": "\(.*\)".*/\1/p') ;;
	*:-*) words=$("$1" "$tool" --help 2>&1 | grep -oE -- '--[a-z-]+') ;;
	2:ipam:*) words=$("$1" ipam --help 2>/dev/null | sed -nE 's/^  ([a-z]+) .*/\1/p') ;;
	*)
		case $tool in
		show) words=$("$1" list --json 2>/dev/null |
			sed -nE 's/.*"(containerID|podName)": "(.+)".*/\2/p') ;;
		doctor) words=$("$1" doctor --list 2>/dev/null | awk '{print $2}') ;;
		*)
			mapfile -t COMPREPLY < <(compgen -f -- "$current")
			return
			;;
		esac
		;;
	esac
	mapfile -t COMPREPLY < <(compgen -W "$words" -- "$current" | sort -u)
}
complete -F _ipvlan ipvlan
