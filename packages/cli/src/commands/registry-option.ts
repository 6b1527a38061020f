/** The option of commands that ask one registry server. */
export const SERVER = ['--registry <registry>', 'the address of the server; registries.default when absent'] as const
