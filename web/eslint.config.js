import js from '@eslint/js'
import prettier from 'eslint-config-prettier'
import vue from 'eslint-plugin-vue'
import ts from 'typescript-eslint'

const ROOMS = ['ask', 'audit', 'claims', 'dashboard', 'documents', 'people', 'policies', 'review']

/** A room knows `app`, `api` and `ui`, never another room. */
const walls = ROOMS.map((room) => ({
  files: [`src/rooms/${room}/**`],
  rules: {
    'no-restricted-imports': [
      'error',
      {
        patterns: [
          {
            group: ROOMS.filter((other) => other !== room).map((other) => `@/rooms/${other}/**`),
            message: 'Rooms do not know each other; what two need belongs into ui/.',
          },
        ],
      },
    ],
  },
}))

export default ts.config(
  { ignores: ['dist/**', 'src/api/schema.d.ts'] },
  js.configs.recommended,
  ...ts.configs.strict,
  ...vue.configs['flat/recommended'],
  {
    languageOptions: {
      parserOptions: { parser: ts.parser, extraFileExtensions: ['.vue'] },
    },
    rules: {
      // TypeScript knows better than a list of globals.
      'no-undef': 'off',
      // HTML that comes as text is drawn in one place alone, which cleans it (ui/SafeMarkdown.vue).
      'vue/no-v-html': 'error',
      'vue/multi-word-component-names': 'off',
      'vue/component-api-style': ['error', ['script-setup']],
      'vue/block-lang': ['error', { script: { lang: 'ts' } }],
      'no-console': 'error',
      'max-lines-per-function': ['error', { max: 70, skipBlankLines: true, skipComments: true }],
    },
  },
  {
    files: ['src/ui/**', 'src/api/**'],
    rules: {
      'no-restricted-imports': [
        'error',
        { patterns: [{ group: ['@/rooms/**', '@/app/**'], message: 'ui and api are below.' }] },
      ],
    },
  },
  ...walls,
  {
    files: ['**/*.test.ts'],
    rules: { 'max-lines-per-function': 'off' },
  },
  prettier,
)
