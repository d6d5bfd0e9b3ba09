/// <reference types="vitest/config" />
import { fileURLToPath, URL } from 'node:url'
import vue from '@vitejs/plugin-vue'
import elementPlus from 'unplugin-element-plus/vite'
import { ElementPlusResolver } from 'unplugin-vue-components/resolvers'
import components from 'unplugin-vue-components/vite'
import { defineConfig } from 'vite'

// Where `yuepi serve` looks for the page (src/yuepi/app/page.py); never committed.
const BUILT = fileURLToPath(new URL('../src/yuepi/app/ui', import.meta.url))
const SERVER = process.env.YUEPI_URL ?? 'http://127.0.0.1:8000'

export default defineConfig({
  plugins: [
    vue(),
    // Element Plus' own tags only: our components are imported by name, where one reads them.
    components({
      dirs: [],
      dts: false,
      resolvers: [ElementPlusResolver({ importStyle: 'css' })],
    }),
    elementPlus({}),
  ],
  resolve: { alias: { '@': fileURLToPath(new URL('./src', import.meta.url)) } },
  // vue-query's devtools and Element Plus' own parts want the options API.
  define: { __VUE_OPTIONS_API__: true, __VUE_PROD_DEVTOOLS__: false },
  build: {
    outDir: BUILT,
    emptyOutDir: true,
    target: 'es2022',
    // No data: URLs, so that the content policy may stay strict for all but pictures.
    assetsInlineLimit: 0,
    manifest: 'manifest.json',
    chunkSizeWarningLimit: 600,
  },
  server: {
    proxy: Object.fromEntries(
      ['/api', '/v1', '/setup', '/healthz', '/readyz'].map((path) => [
        path,
        // The Host header stays: the server takes writes from its own address alone.
        { target: SERVER, changeOrigin: false },
      ]),
    ),
  },
  test: {
    // A page costs a second of processor time a file: a test that needs one asks for it in its first
    // line, `// @vitest-environment happy-dom`.
    environment: 'node',
    include: ['src/**/*.test.ts'],
    server: { deps: { inline: ['element-plus'] } },
  },
})
