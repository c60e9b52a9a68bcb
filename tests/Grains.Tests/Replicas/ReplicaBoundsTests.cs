using Grains.Hosting;
using Grains.Replicas;
using Serving;
using Serving.Models;

namespace Grains.Tests.Replicas;

public sealed class ReplicaBoundsTests
{
    [Theory]
    [InlineData(2, null, null, null, 2, 2)]
    [InlineData(2, 5, null, null, 2, 5)]
    [InlineData(2, 5, 3, null, 3, 3)]
    [InlineData(2, 5, null, 8, 2, 8)]
    [InlineData(2, 5, null, 1, 1, 1)]
    [InlineData(2, null, 1, 4, 1, 4)]
    public void Of_ModelBeforeCluster(int replicas, int? maxReplicas, int? min, int? max, int least, int most)
    {
        var options = new SiloServingOptions { Serving = new ServingOptions { ModelRepositories = [] }, Replicas = replicas, MaxReplicas = maxReplicas };

        var bounds = ReplicaBounds.Of(options, new ReplicaConfig { Min = min, Max = max });

        Assert.Equal((least, most, most > least), (bounds.Least, bounds.Most, bounds.IsElastic));
    }

    [Fact]
    public void Of_QueueDelay_ModelBeforeCluster()
    {
        var options = new SiloServingOptions { Serving = new ServingOptions { ModelRepositories = [] }, ScaleQueueDelay = TimeSpan.FromMilliseconds(20) };

        Assert.Equal(TimeSpan.FromMilliseconds(20), ReplicaBounds.Of(options, new ReplicaConfig { Max = 2 }).QueueDelay);
        Assert.Equal(TimeSpan.FromMilliseconds(7), ReplicaBounds.Of(options, new ReplicaConfig { Max = 2, QueueDelayMs = 7 }).QueueDelay);
    }
}
