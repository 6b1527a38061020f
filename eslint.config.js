import js from '@eslint/js'
import tseslint from 'typescript-eslint'

/** Core computes: it reads no clock, no chance and no locale, so that the same input gives the same output everywhere. */
const IMPURE = [
  {
    selector: "MemberExpression[object.name='Date'][property.name='now']",
    message: 'Core has no clock: take the time as an argument.',
  },
  {
    selector: "NewExpression[callee.name='Date'][arguments.length=0]",
    message: 'Core has no clock: take the time as an argument.',
  },
  {
    selector: "MemberExpression[object.name='Math'][property.name='random']",
    message: 'Core leaves nothing to chance.',
  },
  {
    selector: "CallExpression[callee.property.name='localeCompare']",
    message: 'The order of names must not depend on the machine: use compareText.',
  },
]

export default tseslint.config(
  { ignores: ['**/dist/', 'node_modules/', 'examples/'] },
  js.configs.recommended,
  {
    files: ['**/*.ts'],
    extends: [tseslint.configs.strictTypeChecked, tseslint.configs.stylisticTypeChecked],
    languageOptions: {
      parserOptions: {
        project: ['./tsconfig.json', './packages/*/tsconfig.json'],
        tsconfigRootDir: import.meta.dirname,
      },
    },
    rules: {
      // Types, not interfaces: the house style.
      '@typescript-eslint/consistent-type-definitions': ['error', 'type'],
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/explicit-module-boundary-types': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
      // A branded type is made by exactly one assertion; `as` elsewhere is reviewed, not forbidden.
      '@typescript-eslint/no-unnecessary-type-parameters': 'off',
      // JSON is read through index signatures, and the compiler insists on brackets for those.
      '@typescript-eslint/dot-notation': 'off',
      '@typescript-eslint/only-throw-error': 'error',
      'no-restricted-globals': ['error', { name: 'process', message: 'The environment comes in through World.' }],
      'no-console': 'error',
      eqeqeq: 'error',
      curly: ['error', 'multi-line'],
      'max-params': ['error', 3],
    },
  },
  {
    // The solver computes on typed arrays, whose indices are its own: a check at each of them would be the work itself.
    files: ['packages/core/src/resolve/*.ts'],
    rules: { '@typescript-eslint/no-non-null-assertion': 'off', 'max-params': ['error', 4] },
  },
  { files: ['packages/{core,platforms}/src/**/*.ts'], rules: { 'no-restricted-syntax': ['error', ...IMPURE] } },
  {
    // The edges of the program, where the machine is looked at on purpose.
    files: [
      'packages/cli/src/bin.ts',
      'packages/client/src/files/*.ts',
      'packages/testkit/**/*.ts',
      '**/test/**/*.ts',
      'scripts/**',
      'bench/**',
      'e2e/**',
      '*.config.ts',
    ],
    rules: { 'no-restricted-globals': 'off', 'no-console': 'off' },
  },
  {
    files: ['**/test/**/*.ts', 'bench/**/*.ts', 'e2e/**/*.ts'],
    rules: {
      '@typescript-eslint/no-non-null-assertion': 'off',
      '@typescript-eslint/explicit-module-boundary-types': 'off',
    },
  },
  {
    files: ['**/*.mjs', '**/*.js', '**/*.cjs'],
    extends: [tseslint.configs.disableTypeChecked],
    languageOptions: {
      globals: {
        process: 'readonly',
        console: 'readonly',
        URL: 'readonly',
        require: 'readonly',
        __dirname: 'readonly',
        setTimeout: 'readonly',
      },
    },
    rules: { 'no-restricted-globals': 'off', 'no-console': 'off', '@typescript-eslint/no-require-imports': 'off' },
  },
)
