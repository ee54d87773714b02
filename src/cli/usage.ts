/** What `--help` prints. */
export const usage = `Usage: sidecarless COMMAND [options]

  sidecarless check FILE...                        say what is wrong with manifests
  sidecarless explain FILE... [METHOD] URL         say what would happen to a call, without making it

FILE is a manifest, a directory or a pattern ('deploy/**/*.yaml').

Options of both:
  --namespace NAME         namespace of resources that name none, and of short names (default: default)
  --strict                 where Istio, Kong or Kubernetes refuse or fail, do not help out
  --json                   print JSON
  -h, --help               print this
  --version                print the version

Options of explain:
  -H, --header 'NAME: VALUE'   a header of the call; may be repeated
  --labels KEY=VALUE,...       labels of the workload that calls
  --source-namespace NAME      its namespace (default: --namespace)
  --locality REGION/ZONE/SUBZONE   where it runs
  --server                     the request comes in, instead of going out

Exit status: 0 all is well; 1 the manifests have errors; 2 the command was called wrongly.
`
