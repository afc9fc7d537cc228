# Completion of excpath-top, excpath-bench and excpath-demo for bash.
# Copyright (c) 2026 ovs-excpath authors
# SPDX-License-Identifier: Apache-2.0

# Prints the options of program $1, as its --help has them.
_excpath_options()
{
    # Not those of other programs, which are in quotes.
    "$1" --help 2>/dev/null | sed 's/"[^"]*"//g' | grep -oE -- '--[a-z]+' |
        sort -u
}

_excpath()
{
    local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]}
    local program=${COMP_WORDS[0]} words=

    # Where "=" breaks words, that which precedes it is the one before.
    [[ $cur == = ]] && cur=
    [[ $prev == = ]] && prev=${COMP_WORDS[COMP_CWORD-2]}
    case ${program##*/}:$prev in
        excpath-bench:--csv | excpath-bench:--picture)
            compopt -o filenames
            mapfile -t COMPREPLY < <(compgen -f -- "$cur")
            return
            ;;
        excpath-bench:--only)
            words="internal excpath-tap excpath-vhost virtio-user net_tap
                   testpmd testpmd-large"
            ;;
        excpath-bench:--tests) words="fast kernel hosts hosts-tso tcp" ;;
        excpath-bench:--options | excpath-bench:--rounds | \
            excpath-bench:--seconds) ;;
        excpath-demo:--backend) words="vhost-net tap" ;;
        excpath-top:-i | excpath-top:--interval | excpath-top:-t | \
            excpath-top:--target) ;;
        *)
            words=$(_excpath_options "$program")
            if [[ ${program##*/} == excpath-top && $cur != -* ]]; then
                words=$(ovs-appctl --timeout=2 excpath/list 2>/dev/null |
                    sed -n 's/^\([^ ].*\):$/\1/p')
            fi
            ;;
    esac
    # Of a list with commas the last word is the one to complete.
    case $program:$prev in
        *excpath-bench:--only | *excpath-bench:--tests)
            mapfile -t COMPREPLY < <(compgen -W "$words" -- "${cur##*,}")
            [[ $cur != *,* ]] ||
                COMPREPLY=("${COMPREPLY[@]/#/"${cur%,*},"}")
            return
            ;;
    esac
    mapfile -t COMPREPLY < <(compgen -W "$words" -- "$cur")
    # It takes no other form.
    if [[ ${COMPREPLY[*]} == --backend ]]; then
        COMPREPLY=(--backend=)
        compopt -o nospace
    fi
}
complete -F _excpath excpath-top excpath-bench excpath-demo
