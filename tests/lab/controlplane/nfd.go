package main

import (
	"flag"
	"os"

	"sigs.k8s.io/node-feature-discovery/pkg/features"
	nfdmaster "sigs.k8s.io/node-feature-discovery/pkg/nfd-master"
	"sigs.k8s.io/node-feature-discovery/pkg/utils"
)

// noPort keeps the master from serving its metrics, which it would do on every address of the machine: it logs that and goes on.
const noPort = -1

// runNfdMaster turns NodeFeature objects into labels of nodes, as in its Deployment; its own program has no package to import.
func runNfdMaster() int {
	flags := flag.NewFlagSet("nfd-master", flag.ExitOnError)
	kubeconfig := flags.String("kubeconfig", "", "file of the API server's address and credentials")
	prune := flags.Bool("prune", false, "remove everything of node feature discovery from all nodes, and exit")
	namespaces := &utils.StringSetVal{}
	flags.Var(namespaces, "extra-label-ns", "label namespaces that workers may use beside the master's own")
	_ = flags.Parse(os.Args[1:])

	if err := features.NFDMutableFeatureGate.Add(features.DefaultNFDFeatureGates); err != nil {
		return fail("nfd-master", err)
	}
	master, err := nfdmaster.NewNfdMaster(nfdmaster.WithArgs(&nfdmaster.Args{
		Kubeconfig: *kubeconfig,
		Port:       noPort,
		Prune:      *prune,
		Overrides:  nfdmaster.ConfigOverrideArgs{ExtraLabelNs: namespaces},
	}))
	if err != nil {
		return fail("nfd-master", err)
	}
	if err := master.Run(); err != nil {
		return fail("nfd-master", err)
	}
	return 0
}
