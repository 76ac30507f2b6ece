import { defineConfig } from 'vitest/config'

// unit: pure and in-process. database: one real Postgres for the run, a fresh database a test.
// e2e: the built binaries. long (the same, with many processes or long waits), faults, browser (pages
// in Chromium), service and real: what .ci/run adds; service and real install LiteLLM themselves, and
// real a language model.
export default defineConfig({
  test: {
    testTimeout: 20_000,
    hookTimeout: 60_000,
    // Most tests wait for a server, so two workers pay even on two cores.
    maxWorkers: 2,
    // Modules are loaded once a worker, not once a file: that took longer than the tests of most.
    projects: [
      {
        extends: true,
        test: {
          name: 'unit',
          include: ['{cli,daemon,shared,scripts}/**/*.test.{ts,tsx}', 'test/stack/*.test.ts'],
          exclude: ['**/*.{db,long}.test.ts', 'test/stack/local.test.ts'],
          isolate: false,
        },
      },
      {
        extends: true,
        test: {
          name: 'database',
          include: ['{daemon,test}/**/*.db.test.ts'],
          isolate: false,
          globalSetup: ['test/support/postgres-setup.ts'],
        },
      },
      {
        extends: true,
        test: {
          name: 'e2e',
          include: ['test/e2e/**/*.test.ts'],
          globalSetup: ['test/support/postgres-setup.ts'],
          testTimeout: 60_000,
        },
      },
      {
        extends: true,
        test: {
          name: 'long',
          include: ['test/long/**/*.test.ts', '{daemon,test}/**/*.long.test.ts'],
          globalSetup: ['test/support/postgres-setup.ts'],
          testTimeout: 60_000,
        },
      },
      {
        extends: true,
        test: {
          name: 'faults',
          include: ['test/faults/**/*.test.ts'],
          globalSetup: ['test/support/postgres-setup.ts'],
          testTimeout: 60_000,
        },
      },
      {
        extends: true,
        test: {
          name: 'browser',
          include: ['test/browser/**/*.test.ts'],
          globalSetup: ['test/support/postgres-setup.ts'],
          testTimeout: 60_000,
        },
      },
      {
        extends: true,
        test: {
          name: 'service',
          include: ['test/service/**/*.test.ts', 'test/stack/local.test.ts'],
          testTimeout: 180_000,
          hookTimeout: 300_000,
        },
      },
      {
        extends: true,
        test: {
          name: 'real',
          include: ['test/real/**/*.test.ts'],
          testTimeout: 180_000,
          hookTimeout: 300_000,
        },
      },
    ],
  },
})
