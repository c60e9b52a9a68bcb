using Grains.Routing;
using Microsoft.Extensions.Logging;
using Orleans.Runtime;

namespace Grains.Models;

/// <summary>
/// Publishes a model's row until the table has it: numbers it above whatever row stands, and tries again while the table cannot be
/// reached. Changes that come meanwhile go out together. A row that says nothing new keeps its number: a table that has it is only asked
/// whether it does, and tells nobody. Lives in the turns of the model's grain.
/// </summary>
internal sealed class RowPublisher(Func<long, ModelRow> toRow, IRouteTable routes, ILogger log)
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(200);

    private Task running = Task.CompletedTask;
    private ModelRow? last;
    private long number;
    private int wanted;
    private int published;

    /// <summary>Rows are numbered above this one.</summary>
    public void StartAbove(long standing) => number = Math.Max(number, standing);

    /// <summary>Publishes the model as it is now; ends when a row at least as new stands in the table.</summary>
    public async Task PublishAsync()
    {
        var goal = ++wanted;
        while (published < goal)
        {
            if (running.IsCompleted) running = RunAsync();
            await running;
        }
    }

    private async Task RunAsync()
    {
        await Task.Yield();
        while (published < wanted)
        {
            var covers = wanted;
            var row = toRow(number + 1);
            if (last is not null && last.Number == number && row.SaysTheSameAs(last)) row = last;
            last = row;
            number = row.Number;
            try
            {
                var standing = await routes.Publish(row);
                if (standing > row.Number) number = standing;
                else published = covers;
            }
            catch (Exception lost) when (ClusterFault.Is(lost))
            {
                ClusterLog.RoutesLost(log, lost.Message);
                await Task.Delay(Pause);
            }
        }
    }
}
