// A warning about listeners is a leak that no assertion looked for: thrown here, it fails the run as an unhandled error.
function throwLeak(warning: Error): void {
  if (warning.name === 'MaxListenersExceededWarning') throw warning
}

// Files that share a process come here once each.
if (!process.listeners('warning').some(({ name }) => name === throwLeak.name)) process.on('warning', throwLeak)
