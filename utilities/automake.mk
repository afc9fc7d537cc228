dist_pkgdata_SCRIPTS = \
	utilities/excpath-quickstart \
	utilities/excpath-vm

EXTRA_DIST += utilities/excpath-demo \
	.ci/run AUTHORS.rst CONTRIBUTING.rst LICENSE NEWS NOTICE README.rst
