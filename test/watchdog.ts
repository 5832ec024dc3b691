/** Mocha ends when nothing is open any more. What a test leaves open fails the run, and does not keep it waiting for ever. */
const patience = 30_000

export function mochaGlobalTeardown(): void {
  setTimeout(() => {
    const open = process.getActiveResourcesInfo().join(', ')
    console.error(`the run did not end within ${patience / 1000} s of its last test; still open: ${open}`)
    // Mocha sets the exit code when the process exits: the number of its failures, which may be 0.
    process.once('exit', () => {
      process.exitCode = 1
    })
    process.exit()
  }, patience).unref()
}
