package main

import (
	"fmt"
	"net/url"
	"os"
	"os/signal"
	"syscall"

	"github.com/spf13/pflag"
	"go.etcd.io/etcd/server/v3/embed"
)

// runEtcd serves one etcd member on loopback. The lab's data is thrown away, so it is never synced to disk.
func runEtcd() int {
	flags := pflag.NewFlagSet("etcd", pflag.ExitOnError)
	dataDir := flags.String("data-dir", "", "directory of the member's data")
	clientURL := flags.String("client-url", "", "URL to serve clients on")
	peerURL := flags.String("peer-url", "", "URL to serve peers on")
	_ = flags.Parse(os.Args[1:])

	config, err := etcdConfig(*dataDir, *clientURL, *peerURL)
	if err != nil {
		return fail("etcd", err)
	}
	member, err := embed.StartEtcd(config)
	if err != nil {
		return fail("etcd", err)
	}
	defer member.Close()

	stop := make(chan os.Signal, 1)
	signal.Notify(stop, syscall.SIGTERM, syscall.SIGINT)
	select {
	case <-stop:
		return 0
	case err := <-member.Err():
		return fail("etcd", err)
	}
}

func etcdConfig(dataDir, clientURL, peerURL string) (*embed.Config, error) {
	client, err := url.Parse(clientURL)
	if err != nil {
		return nil, err
	}
	peer, err := url.Parse(peerURL)
	if err != nil {
		return nil, err
	}
	config := embed.NewConfig()
	config.Dir = dataDir
	config.ListenClientUrls, config.AdvertiseClientUrls = []url.URL{*client}, []url.URL{*client}
	config.ListenPeerUrls, config.AdvertisePeerUrls = []url.URL{*peer}, []url.URL{*peer}
	config.InitialCluster = config.InitialClusterFromName(config.Name)
	config.UnsafeNoFsync = true
	config.QuotaBackendBytes = 8 << 30
	config.AutoCompactionMode, config.AutoCompactionRetention = "periodic", "5m"
	config.LogLevel = "warn"
	// Left at zero, as NewConfig leaves it, every single request counts as slow and is logged.
	config.WarningUnaryRequestDuration = embed.DefaultWarningUnaryRequestDuration
	return config, nil
}

func fail(component string, err error) int {
	fmt.Fprintf(os.Stderr, "%s: %v\n", component, err)
	return 1
}
