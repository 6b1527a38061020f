/** Completion scripts, made of the commands there are. */

export const SHELLS = ['bash', 'zsh', 'fish'] as const
export type Shell = (typeof SHELLS)[number]

export type CompletedOption = {
  /** The long name first. */
  readonly names: readonly string[]
  readonly help: string
  readonly takesValue: boolean
}

export type CompletedCommand = {
  /** `install`, `dist-tag add`. */
  readonly name: string
  readonly summary: string
  readonly aliases: readonly string[]
  readonly options: readonly CompletedOption[]
  readonly completes: 'files' | 'installed' | readonly string[]
}

/** The script for a shell. */
export function completionScript(shell: Shell, commands: readonly CompletedCommand[]): string {
  return { bash: bashScript, zsh: zshScript, fish: fishScript }[shell](commands)
}

/** Asks aam for installed packages: it looks into the lock and nowhere else, and is silent when there is none. */
const INSTALLED = 'aam completion --installed 2>/dev/null'

function bashScript(commands: readonly CompletedCommand[]): string {
  return `# Completion of aam in bash. Load it with this line in ~/.bashrc:
#   eval "$(aam completion bash)"
_aam() {
  local line=\${COMP_LINE:0:COMP_POINT} cur word previous='' command='' words='' options='' choices='' i
  local -a typed
  # bash takes words apart at every @; packages have one in their names.
  read -r -a typed <<< "$line"
  [[ $line == *[[:space:]] ]] && typed+=('')
  cur=\${typed[\${#typed[@]} - 1]}
${findCommand('bash', commands)}
  case $command in
${commandCases(commands)
  .map(({ pattern, words }) => `    ${pattern}) ${words} ;;`)
  .join('\n')}
  esac
  COMPREPLY=()
  case $previous in
    ${valueOptions(commands)}) return ;;
  esac
  if [[ $cur == -* ]]; then words=$options
  elif [[ $choices == installed ]]; then words=$(${INSTALLED})
  else words=$choices
  fi
  COMPREPLY=($(compgen -W "$words" -- "$cur"))
  # Of a word that readline took apart only the last part is replaced: the second argument.
  local before=\${cur%"$2"}
  for i in "\${!COMPREPLY[@]}"; do COMPREPLY[i]=\${COMPREPLY[i]#"$before"}; done
}
complete -o default -F _aam aam
`
}

function zshScript(commands: readonly CompletedCommand[]): string {
  return `#compdef aam
# Completion of aam in zsh. Load it with this line in ~/.zshrc, after compinit:
#   eval "$(aam completion zsh)"
_aam() {
  local cur=\${words[CURRENT]} word previous='' command='' i
  local -a typed choices options
  typed=("\${(@)words[1,CURRENT]}")
${findCommand('zsh', commands)}
  case $command in
${zshCases(commands).join('\n')}
  esac
  case $previous in
    ${valueOptions(commands)}) _files; return ;;
  esac
  if [[ $cur == -* ]]; then _describe -o 'option' options
  elif [[ \${choices[1]} == installed ]]; then
    choices=(\${(f)"$(${INSTALLED})"})
    compadd -a choices
  elif (( \${#choices} )); then _describe 'aam' choices
  else _files
  fi
}
if [[ \${funcstack[1]} == _aam ]]; then _aam "$@"; else compdef _aam aam; fi
`
}

function fishScript(commands: readonly CompletedCommand[]): string {
  const line = (command: string, rest: string): string => `complete -c aam -n ${quote(`__aam_at ${command}`)} ${rest}`
  return `# Completion of aam in fish. Load it with this line in ~/.config/fish/config.fish:
#   aam completion fish | source
function __aam_command
  set -l command
  set -l skip no
  for word in (commandline -opc)[2..-1]
    if test $skip = yes
      set skip no
      continue
    end
    switch $word
      case ${valueOptions(commands).replaceAll('|', ' ')}
        set skip yes
      case '-*' pkg
      case '*'
        switch "$command"
          case ''
            set command (__aam_name $word)
          case ${groups(commands).join(' ')}
            set command (__aam_name "$command $word")
        end
    end
  end
  echo $command
end
function __aam_name
  switch "$argv"
${aliasCases(commands)
  .map(({ spellings, name }) => `    case ${spellings.map(quote).join(' ')}\n      echo ${quote(name)}`)
  .join('\n')}
    case '*'
      echo "$argv"
  end
end
function __aam_at
  test (__aam_command) = "$argv"
end
complete -c aam -f
${topWords(commands)
  .map(([word, summary]) => line('', `-a ${word} -d ${quote(summary)}`))
  .join('\n')}
${groups(commands)
  .flatMap(group => membersOf(commands, group).map(([word, summary]) => line(group, `-a ${word} -d ${quote(summary)}`)))
  .join('\n')}
${commands
  .flatMap(({ name, options, completes }) => [
    ...options.map(({ names, help, takesValue }) => {
      const flags = names.map(each => (each.startsWith('--') ? `-l ${each.slice(2)}` : `-s ${each.slice(1)}`))
      return line(name, `${flags.join(' ')}${takesValue ? ' -r' : ''} -d ${quote(help)}`)
    }),
    completes === 'files'
      ? line(name, '-F')
      : line(name, `-a ${quote(completes === 'installed' ? `(${INSTALLED})` : completes.join(' '))}`),
  ])
  .join('\n')}
`
}

/** Sets \`command\` from the words before the one that is being typed, and \`previous\` to the last of those. */
function findCommand(shell: 'bash' | 'zsh', commands: readonly CompletedCommand[]): string {
  const loop =
    shell === 'bash' ? 'for ((i = 1; i < ${#typed[@]} - 1; i++)); do' : 'for ((i = 2; i < ${#typed}; i++)); do'
  return `  ${loop}
    word=\${typed[i]}
    case $previous in
      ${valueOptions(commands)}) previous=''; continue ;;
    esac
    previous=$word
    case $word in
      -* | pkg) ;;
      *)
        case $command in
          '') command=$word ;;
          ${groups(commands).join(' | ')}) command="$command $word" ;;
        esac
        ;;
    esac
  done
  case $command in
${aliasCases(commands)
  .map(({ spellings, name }) => `    ${spellings.map(quote).join(' | ')}) command=${quote(name)} ;;`)
  .join('\n')}
  esac`
}

function commandCases(commands: readonly CompletedCommand[]): { readonly pattern: string; readonly words: string }[] {
  const words = (rows: readonly (readonly [string, string])[]): string => rows.map(([word]) => word).join(' ')
  return [
    { pattern: "''", words: `choices=${quote(words(topWords(commands)))}` },
    ...groups(commands).map(group => ({
      pattern: quote(group),
      words: `choices=${quote(words(membersOf(commands, group)))}`,
    })),
    ...commands.map(({ name, options, completes }) => {
      const choices = completes === 'files' ? '' : completes === 'installed' ? completes : completes.join(' ')
      return {
        pattern: quote(name),
        words: `options=${quote(options.flatMap(({ names }) => names).join(' '))} choices=${quote(choices)}`,
      }
    }),
  ]
}

function zshCases(commands: readonly CompletedCommand[]): string[] {
  const described = (rows: readonly (readonly [string, string])[]): string =>
    `(${rows.map(([word, help]) => quote(`${word.replaceAll(':', '\\:')}:${help}`)).join(' ')})`
  return [
    `    '') choices=${described(topWords(commands))} ;;`,
    ...groups(commands).map(group => `    ${quote(group)}) choices=${described(membersOf(commands, group))} ;;`),
    ...commands.map(({ name, options, completes }) => {
      const rows = options.flatMap(({ names, help }) => names.map(each => [each, help] as const))
      const choices = completes === 'files' ? [] : completes === 'installed' ? [completes] : completes
      return `    ${quote(name)}) options=${described(rows)} choices=(${choices.map(quote).join(' ')}) ;;`
    }),
  ]
}

/** First words with what they do; a group says what it has. */
function topWords(commands: readonly CompletedCommand[]): (readonly [string, string])[] {
  return [
    ...commands.flatMap(({ name, summary }) => (name.includes(' ') ? [] : [[name, summary] as const])),
    ...groups(commands).map(group => {
      const members = membersOf(commands, group).map(([word]) => word)
      return [group, members.join(', ')] as const
    }),
  ]
}

function groups(commands: readonly CompletedCommand[]): string[] {
  return [...new Set(commands.flatMap(({ name }) => (name.includes(' ') ? [name.split(' ')[0] ?? ''] : [])))]
}

function membersOf(commands: readonly CompletedCommand[], group: string): (readonly [string, string])[] {
  return commands.flatMap(({ name, summary }) =>
    name.startsWith(`${group} `) ? [[name.slice(group.length + 1), summary] as const] : [],
  )
}

function aliasCases(commands: readonly CompletedCommand[]): { spellings: string[]; name: string }[] {
  return commands.flatMap(({ name, aliases }) => {
    const group = name.includes(' ') ? `${name.split(' ')[0] ?? ''} ` : ''
    return aliases.length === 0 ? [] : [{ name, spellings: aliases.map(alias => `${group}${alias}`) }]
  })
}

/** Options of any command that take a value, as a pattern. */
function valueOptions(commands: readonly CompletedCommand[]): string {
  const all = commands.flatMap(({ options }) => options)
  const flags = new Set(all.flatMap(({ names, takesValue }) => (takesValue ? [] : names)))
  const taking = all.flatMap(({ names, takesValue }) => (takesValue ? names : []))
  return [...new Set(taking)].filter(name => !flags.has(name)).join('|')
}

/** Between single quotes, in every one of these shells; fish has backslashes in them too, and help has none. */
function quote(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`
}
