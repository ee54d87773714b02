// A warning about listeners is a leak that no assertion looked for: thrown here, it fails the run as an unhandled error.
process.on('warning', (warning) => {
  if (warning.name === 'MaxListenersExceededWarning') throw warning
})
