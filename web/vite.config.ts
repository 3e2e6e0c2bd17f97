import tailwindcss from '@tailwindcss/vite'
import react from '@vitejs/plugin-react'
import { defineConfig } from 'vite'

const GATEWAY = 'http://127.0.0.1:8080'

export default defineConfig({
  plugins: [react(), tailwindcss()],
  server: {
    proxy: { '/api': GATEWAY, '/ws': { target: GATEWAY, ws: true } },
  },
  build: {
    outDir: 'dist',
    // The gateway's content policy allows no inline script, and every browser that runs the app can preload modules.
    modulePreload: { polyfill: false },
    rolldownOptions: {
      // Making a schema has no effect, so the schemas of the contracts, which the app does not check, are left out.
      treeshake: { manualPureFunctions: ['Type'], moduleSideEffects: [{ test: /libs[\\/]|typebox/, sideEffects: false }] },
    },
  },
})
